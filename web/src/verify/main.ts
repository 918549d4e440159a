import { createApp } from 'vue'

import '../../../ui/src/styles/tokens.css'
import '../common/base.css'
import VerifyPage from './VerifyPage.vue'
import { keepForOffline } from './version'

createApp(VerifyPage).mount('#app')

keepForOffline()
