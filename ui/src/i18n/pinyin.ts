// Readings of the characters that commands are named with, so that they are found by pinyin without
// an input method: `rj` and `rijie` find 日结.

const READINGS = `
an安按 ban办板 bang帮 bao保 bei备被 ben本 bi比闭 bing并 bu不步补 cai材 ce测 cheng称 chong冲 chu出 ci次词 cun存 da大打
dai代待 dao导 de的 deng登 dian点 ding定 dong动 du度读 dui对 er二 fa发 fan返 fang放访 fei废 fen份 gai改 gao告高 ge个
gen跟 geng更 gong功 gua挂 guan关管观 hao号好 he核 huai坏 huan换 hui回 huo或 ji即计记机 jian件 jiao交 jie结解 ka卡 lai来 le了
lian练 li理离立 liao料 ling令另领 lu录 ma码 mei没 mi密 ming名命明 neng能 nin您 pai拍 pi批 pian片 ping屏 qi起其 qian浅 qing请 qu取
quan全 que确 ren人认 ri日 ru入 se色 shang上 she摄设 shen审深申 shi失试 shou受首 shu书输 shua刷 sui随 suo缩锁 ti提 tiao条
tong同统 tu图突 tui退 wai外 wan完 wang忘 wei位为 wen文 wu务无误 xi系 xia下 xian线 xiao小 xin心新 xing姓性 xiu修 xuan选
yan言验演 yao要 ye业页 yi一已 yin印 you有 yu与语予 yuan员 zai再在 zhan站 zhang张账 zhao找照 zhe这 zheng整正证 zhi执知纸置质
zhong中重 zhu助 zhun准 zuo作 ti体 gou构 dan单 liang量 shou手
chi持 cha查 ji集 jing经 kai开 kan看 miao描 qin亲 sao扫 shi始 shu属 suo所 ting停 xun询 yi意 zan暂
zhen诊 duan断 bao报
men门 fu服 gui归 zi资 huan还
zeng增 tai态
gong工 xue学 xiao校 yang养 lao老 yuan院 hu护 wei卫 zu组 zhi织 tuan团 shen身 zong总 lan览
`

const OF = new Map(
  [...READINGS.matchAll(/([a-z]+)(\P{ASCII}+)/gu)].flatMap(([, syllable, characters]) =>
    [...(characters ?? '')].map((character) => [character, syllable ?? ''] as const),
  ),
)

/** Returns whether a character has no reading here. */
export function isUnread(character: string): boolean {
  return /\p{Script=Han}/u.test(character) && !OF.has(character)
}

/** Returns words as syllables; what is not Chinese stays as words. */
function syllables(words: string): string[] {
  return [...words.toLowerCase().matchAll(/\p{Script=Han}|[a-z0-9]+/gu)].map(([part]) => OF.get(part) ?? part)
}

/** Returns whether words hold the text, or their pinyin or its initials do. */
export function isFound(words: string, text: string): boolean {
  const wanted = text.trim().toLowerCase()
  if (words.toLowerCase().includes(wanted)) return true
  const typed = wanted.replaceAll(/[\s']/g, '')
  const parts = syllables(words)
  return parts.join('').includes(typed) || parts.map((part) => part.charAt(0)).join('').includes(typed)
}
