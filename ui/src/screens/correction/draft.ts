// What is typed into a correction (更正): the form is the page's, everything about it is the program's.
// Each change is saved a moment later, so that nothing typed is lost by a lock, a crash or a power cut.

import { computed, onBeforeUnmount, reactive, ref, shallowRef, watch } from 'vue'

import { ask } from '@/app/ask'
import { commands, type CorrectionInput, type CorrectionView, type Failure } from '@/bindings'

/** A pause this long in typing, and it is saved. */
export const SAVE_AFTER_MS = 400

/** The draft with this id, saved at every change. */
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
  /** What was typed comes along for whom may change it. */
  const editable = computed(() => view.value !== null && view.value.typed !== null)

  let timer: ReturnType<typeof setTimeout> | undefined
  /** The form as the program has it, or is about to: what differs from it is a change. */
  let known = ''
  let round = 0
  let last: Promise<void> = Promise.resolve()

  /** Takes the program's view; the form only when the program knows better than the person typing. */
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

  /** Somebody else may have decided on it meanwhile. What is being typed stays. */
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
    // What was typed while this was on its way has its own save coming.
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

  /** Saves now what is still waiting. */
  function flush(): Promise<void> {
    if (timer !== undefined) {
      clearTimeout(timer)
      timer = undefined
      // One after the other: the newest form must be the last to arrive.
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
