// Enter in a dialog.

/** Presses the focused button, or submits the form: from its fields, and from the button for it. */
export function pressOrSubmit(submit: () => unknown): void {
  const at = document.activeElement
  if (at instanceof HTMLButtonElement && at.type !== 'submit') at.click()
  else submit()
}
