import { createApp } from 'vue'

import '../../../ui/src/styles/tokens.css'
import '../common/base.css'
import './kiosk.css'
import KioskPage from './KioskPage.vue'

createApp(KioskPage).mount('#app')
