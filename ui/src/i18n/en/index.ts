import type { Messages } from '..'
import { en as generated } from '../generated'
import { administration } from './administration'
import { board } from './board'
import { collective } from './collective'
import { common } from './common'
import { correction } from './correction'
import { help } from './help'
import { lists } from './lists'
import { practice } from './practice'
import { visits } from './visits'
import { window } from './window'

export const en: Messages = { ...generated, ...common, ...window, ...correction, ...help, ...lists, ...administration, ...collective, ...visits, ...board, ...practice }
