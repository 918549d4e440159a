// Draft of a correction (更正): the page owns the form, Rust owns everything else. Changes are saved
// after a short pause, so that a lock, crash or power cut loses no typed text.

import { computed, onBeforeUnmount, reactive, ref, shallowRef, watch } from 'vue'

import { ask } from '@/app/ask'
import { commands, type CorrectionInput, type CorrectionView, type Failure } from '@/bindings'

/** Pause in typing after which the form is saved. */
export const SAVE_AFTER_MS = 400

/** Loads the draft with this id and saves it after each change. */
export function useDraft(id: () => string) {
  const view = shallowRef<CorrectionView | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const form = reactive<CorrectionInput>({
    id: '',
    reason: null,
    name: null,
    photo: null,
    photo_shortfall: null,
    guardian: null,
  })
  const saving = ref<'saved' | 'changed' | 'failed'>('saved')
  /** Whether this person may change the form: only then Rust sends its content. */
  const editable = computed(() => view.value !== null && view.value.typed !== null)

  let timer: ReturnType<typeof setTimeout> | undefined
  /** The form as Rust has it or is about to get it, as JSON. Anything else is a change. */
  let known = ''
  let round = 0
  let last: Promise<void> = Promise.resolve()

  /** Shows a view from Rust. `withForm` also replaces what is typed in the form. */
  function take(next: CorrectionView, withForm = false): void {
    view.value = next
    if (!withForm) return
    if (next.typed !== null) Object.assign(form, next.typed)
    known = JSON.stringify(form)
    saving.value = 'saved'
  }

  async function load(): Promise<void> {
    const outcome = await ask(commands.correction(id()))
    if (outcome.ok) take(outcome.data, true)
    else failure.value = outcome.failure
  }

  /** Loads the view again, because somebody else may have decided. Unsaved text stays. */
  async function refresh(): Promise<void> {
    if (view.value === null || view.value.state === 'draft' || saving.value !== 'saved') return
    const outcome = await ask(commands.correction(id()))
    const known = view.value
    if (!outcome.ok || saving.value !== 'saved') return
    take(outcome.data, outcome.data.state !== known.state || outcome.data.revision !== known.revision)
  }

  async function save(): Promise<void> {
    const mine = (round += 1)
    const outcome = await ask(commands.saveCorrection(structuredCloneOf(form)))
    // A later save is under way; its answer counts.
    if (mine !== round) return
    if (outcome.ok) {
      view.value = outcome.data
      failure.value = null
      if (timer === undefined) saving.value = 'saved'
    } else {
      failure.value = outcome.failure
      saving.value = 'failed'
    }
  }

  /** Saves a waiting change now. */
  function flush(): Promise<void> {
    if (timer !== undefined) {
      clearTimeout(timer)
      timer = undefined
      // Saves run one after the other, so that the newest form arrives last.
      last = last.then(save)
    }
    return last
  }

  watch(
    form,
    () => {
      const now = JSON.stringify(form)
      if (now === known || !editable.value) return
      known = now
      saving.value = 'changed'
      clearTimeout(timer)
      timer = setTimeout(() => void flush(), SAVE_AFTER_MS)
    },
    { deep: true },
  )
  onBeforeUnmount(() => void flush())

  return { view, failure, form, saving, editable, take, load, refresh, flush }
}

function structuredCloneOf(form: CorrectionInput): CorrectionInput {
  return { ...form, guardian: form.guardian === null ? null : { ...form.guardian } }
}
