// Practice site in memory, for tests and the development page.

import type { PracticeOrder, PracticePerson, PracticeView } from '@/bindings'

const person = (key: string, name: string, last: string, registered_name = name): PracticePerson => ({
  key,
  name,
  registered_name,
  masked_number: `310***********${last}`,
})

export class FakePractice {
  view: PracticeView = {
    accounts: [
      { staff: '310115', name: '演练员甲', role: 'clerk', password: 'practice-1234' },
      { staff: '310102', name: '演练员乙', role: 'supervisor', password: 'practice-1234' },
    ],
    people: [
      person('senior', '王秀兰', '1427'),
      person('pupil', '张思远', '2087'),
      person('unknown', '郑福生', '2245'),
      person('sixty-today', '陈建国', '2053'),
      person('disabled', '赵志明', '2155'),
      person('wrong-character', '顾𬎆生', '2279', '顾玉贵'),
      person('separator', '阿不都热合曼·吐尔逊', '2295', '阿不都热合曼吐尔逊'),
    ],
    laid: null,
    line_up: true,
    paper_loaded: true,
    papers: '/home/clerk/.local/share/suishen-counter-practice',
    printed: 0,
  }

  obey(order: PracticeOrder | undefined): PracticeView {
    const { view } = this
    if (order?.order === 'lay') this.view = { ...view, laid: order.person }
    if (order?.order === 'lift') this.view = { ...view, laid: null }
    if (order?.order === 'line') this.view = { ...view, line_up: order.up }
    if (order?.order === 'paper') this.view = { ...view, paper_loaded: order.loaded }
    return this.view
  }
}
