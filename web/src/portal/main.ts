import { createApp } from 'vue'

import '../../../ui/src/styles/tokens.css'
import '../common/base.css'
import './portal.css'
import PortalPage from './PortalPage.vue'

createApp(PortalPage).mount('#app')

// A page that comes back by the browser's back button still shows whoever was there.
window.addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload()
})
