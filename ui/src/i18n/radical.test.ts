import { describe, expect, it } from 'vitest'

import { radicalOf } from './radical'

describe('a radical', () => {
  it('is known by its character, by a form of it, and by its number', () => {
    expect(['水', '氵', '⽔', '85', ' 85 '].map(radicalOf)).toEqual([85, 85, 85, 85, 85])
    expect(['艹', '艸', '一', '龠', '龙', '龍'].map(radicalOf)).toEqual([140, 140, 1, 214, 212, 212])
  })

  it('is nothing else', () => {
    expect(['', '0', '215', '吉', 'ab', '水水'].map(radicalOf)).toEqual([null, null, null, null, null, null])
  })
})
