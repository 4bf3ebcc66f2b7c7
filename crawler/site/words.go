package site

import (
	"bytes"
	"math/rand/v2"
	"net/url"
	"strings"
	"unicode/utf8"
)

// language is a kind of text.
type language int

const (
	english language = iota
	simplified
	traditional
)

const wordList = `river stone garden window market winter summer letter paper silver copper basket kitchen harbour
bridge island forest valley meadow orchard engine signal ladder hammer needle thread button pocket mirror candle
lantern compass anchor sailor farmer teacher doctor painter singer writer reader builder keeper visitor neighbour
village station railway tunnel tower castle temple museum library theatre gallery concert festival holiday journey
morning evening weather thunder shadow colour pattern number measure balance pressure current channel network
record report summary account answer question reason purpose method result sample survey season harvest barley
almond walnut pepper ginger saffron lemon cherry apricot clover willow cedar maple heron falcon otter badger
quiet gentle narrow hollow ancient modern simple careful distant early late open steady bright heavy common`

// Characters that both GBK and, in their traditional forms, Big5 have.
const (
	simplifiedChars  = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系"
	traditionalChars = "的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能下過子說產種面而方後多定行學法所民得經十三之進著等部度家電力裡如水化高自二理起小物現實加量都兩體制機當使點從業本去把性好應開它合還因由其些然前外天政四日那社義事平形相全表間樣與關各重新線內數正心反你明看原又麼利比或但質氣第向道命此變條只沒結解問意建月公無系"
)

// wikiNames are the Chinese words that stand in paths.
const wikiNames = "北京 上海 长城 黄河 茶叶 丝绸 春节 书法 围棋 熊猫 竹林 诗歌"

// vocabulary is what texts are made of. It is read only.
type vocabulary struct {
	words       []string
	wiki        []string // as people write them
	wikiEscaped []string // as a request line has them
	pools       [3]pool
}

// pool is generated text in one language. Paragraphs are cut from it, so that a page costs little more than copying.
type pool struct {
	text   []byte
	starts []int // where sentences start
}

func newVocabulary(seed uint64) *vocabulary {
	v := &vocabulary{words: strings.Fields(wordList), wiki: strings.Fields(wikiNames)}
	for _, w := range v.wiki {
		v.wikiEscaped = append(v.wikiEscaped, url.PathEscape(w))
	}
	rng := rand.New(rand.NewPCG(seed, 0x7465787400000001))
	v.pools[english] = newPool(rng, func(b []byte) []byte { return v.sentence(b, rng) })
	v.pools[simplified] = newPool(rng, chineseSentence([]rune(simplifiedChars), rng))
	v.pools[traditional] = newPool(rng, chineseSentence([]rune(traditionalChars), rng))
	return v
}

func newPool(rng *rand.Rand, sentence func([]byte) []byte) pool {
	p := pool{text: make([]byte, 0, poolBytes+1024)}
	for len(p.text) < poolBytes {
		p.starts = append(p.starts, len(p.text))
		p.text = sentence(p.text)
	}
	rng.Shuffle(len(p.starts), func(i, j int) { p.starts[i], p.starts[j] = p.starts[j], p.starts[i] })
	return p
}

func (v *vocabulary) sentence(b []byte, rng *rand.Rand) []byte {
	n := 6 + rng.IntN(11)
	for k := range n {
		w := v.words[rng.IntN(len(v.words))]
		switch {
		case k == 0:
			b = append(b, capital(w)...)
		default:
			b = append(b, ' ')
			b = append(b, w...)
		}
		if k > 1 && k < n-2 && rng.IntN(7) == 0 {
			b = append(b, ',')
		}
	}
	return append(b, ". "...)
}

func chineseSentence(chars []rune, rng *rand.Rand) func([]byte) []byte {
	return func(b []byte) []byte {
		n := 8 + rng.IntN(20)
		for k := range n {
			b = utf8.AppendRune(b, chars[rng.IntN(len(chars))])
			if k > 3 && k < n-3 && rng.IntN(8) == 0 {
				b = append(b, "，"...)
			}
		}
		return append(b, "。"...)
	}
}

// cut appends exactly n bytes of text that starts with a sentence. What would split a character is filled with spaces.
func (p *pool) cut(b []byte, n int, rng *rand.Rand) []byte {
	from := p.starts[rng.IntN(len(p.starts))]
	for n > 0 {
		run := p.text[from:]
		if len(run) > n {
			run = run[:n]
			for len(run) > 0 && !utf8.RuneStart(p.text[from+len(run)]) {
				run = run[:len(run)-1]
			}
			if len(run) == 0 {
				return append(b, bytes.Repeat([]byte{' '}, n)...)
			}
		}
		b = append(b, run...)
		n -= len(run)
		from = 0
	}
	return b
}

func capital(w string) string { return strings.ToUpper(w[:1]) + w[1:] }
