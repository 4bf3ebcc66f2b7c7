package charset

// Bounds of sniffing. They keep Detect linear in small numbers, whatever the page.
const (
	// prescanBytes is how far a declaration is looked for before anything else (HTML, section 13.2.3.2).
	prescanBytes = 1024

	// latePrescanBytes is how far it is looked for once the bytes are known not to be UTF-8. A tree builder obeys a late
	// meta too ("changing the encoding while parsing"); long inline styles and scripts put it this far down.
	latePrescanBytes = 64 << 10

	// sampleBytes is how much text, tags cut, is shown to the detector: more no longer changes its answer.
	sampleBytes = 8 << 10

	// letterBytes is how much of that is looked at letter by letter.
	letterBytes = 1 << 10

	// sampleScanBytes is how much of the page is searched for that text.
	sampleScanBytes = 512 << 10

	// utf16Bytes is how much of the page is looked at to see UTF-16 without a byte order mark.
	utf16Bytes = 512

	// labelBytes is the longest label looked up; the longest that the standard knows has 19.
	labelBytes = 64

	// utf8ErrorShare: a page is UTF-8 with mistakes (a cut string, a stray byte) when at most one in this many of its
	// multi-byte sequences is broken.
	utf8ErrorShare = 16
)

// Thresholds of detection.
const (
	// minFrequentShare is the share of multi-byte characters that must be frequent ones, in percent. Running text has
	// 40 and more, headings 20 and more; text of another encoding 2 to 6.
	minFrequentShare = 14

	// maxBrokenShare is the share of characters that may be broken, in percent.
	maxBrokenShare = 2

	// minHigh is how many bytes above ASCII are needed to ask for letters: single accents could be anything.
	minHigh = 8

	// minScriptLevel is how usual pairs of bytes must be on average to be text of a script, in tenths of a level. Text has
	// 55 to 90, of eight letters too.
	minScriptLevel = 50

	// sureScriptLevel is what Chinese, Japanese and Korean never reach when they are read as one-byte characters.
	sureScriptLevel = 60

	// minLetterShare is how many letters a text of a script has at least for each sign above ASCII; broken UTF-8 has one.
	minLetterShare = 2

	// minLatinLevel is the average, in tenths of a level, of the pairs that tell a Latin encoding from windows-1252.
	minLatinLevel = 30

	// minLatinLead is by how many levels such an encoding must fit better than windows-1252 does, all in all.
	minLatinLead = 12

	// maxPairLead is how much of it one pair can give.
	maxPairLead = 8

	// minBetterPairs is how many different pairs must fit better by minPairLead: a foreign name, a unit or a currency that
	// is repeated does not do it.
	minBetterPairs = 5
	minPairLead    = 2

	// strangeCost is what a letter costs that both encodings have but not the languages.
	strangeCost = 3

	// pairCost is taken from the lead for each pair that tells, against what only seems to fit a little better.
	pairCost = 1

	// minTellingShare: one pair in so many must tell. Text of the other encodings is full of such letters.
	minTellingShare = 24

	// hopelessLead is how far behind the best an encoding is given up, in levels.
	hopelessLead = 100

	// letterChunk is after how many bytes those are looked for.
	letterChunk = 128
)

// Levels of pairs that do not stand in the tables: see alphabet.level.
const (
	// markLevel is that of punctuation above ASCII beside a letter, which says little; gapMarkLevel, beside a space.
	markLevel    = 4
	gapMarkLevel = 7

	// firstCapitalCost is how much rarer a capital starts a word than a small letter; nextCapitalCost, goes on in one.
	firstCapitalCost = 2
	nextCapitalCost  = 1

	// inWordCapitalLevel is that of a capital behind a small letter.
	inWordCapitalLevel = -4

	// foreignPairLevel is the lowest of two letters in windows-1252.
	foreignPairLevel = 3

	// unassignedLevel is that of a byte that stands for nothing.
	unassignedLevel = -8
)
