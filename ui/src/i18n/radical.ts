// Kangxi radicals by what people know of them: the radical itself, a form of it, or its number.

const FIRST = 0x2f00
const RADICALS = 214

/** Forms a radical takes inside characters, with its number. */
const FORMS = '亻9 刂18 氵85 忄61 扌64 犭94 灬86 爫87 攵66 王96 罒122 礻113 衤145 艹140 讠149 钅167 饣184 纟120 辶162 卩26 阝170 月130 车159 贝154 见147 门169 马187 鱼195 鸟196 页181 风182 长168 韦178 麦199 黄201 齿211 龙212 龟213'

const NUMBERS = new Map<string, number>([
  ...[...FORMS.matchAll(/(\P{ASCII})(\d+)/gu)].map(([, form, number]) => [form ?? '', Number(number)] as const),
  // The block of radicals in Unicode is in order, and each stands for an ordinary character.
  ...Array.from({ length: RADICALS }, (_, at) => [String.fromCodePoint(FIRST + at).normalize('NFKC'), at + 1] as const),
])

/** Returns the number of a radical, 1 to 214; `null` if this is none. */
export function radicalOf(text: string): number | null {
  const typed = text.trim()
  if (/^\d+$/.test(typed)) return Number(typed) >= 1 && Number(typed) <= RADICALS ? Number(typed) : null
  return NUMBERS.get(typed.normalize('NFKC')) ?? null
}
