import { createApp } from 'vue'

import '../../../ui/src/styles/tokens.css'
import './verify.css'
import VerifyPage from './VerifyPage.vue'

createApp(VerifyPage).mount('#app')

if ('serviceWorker' in navigator) {
  // Without it the page works as long as there is a connection.
  navigator.serviceWorker.register('./sw.js').catch(() => undefined)
}
