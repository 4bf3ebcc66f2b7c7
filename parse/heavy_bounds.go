package parse

// Bounds of extraction. What they cut is told in Extraction.Defects.
const (
	// maxRules is how many rules one request may have; each is a pass over the tree.
	maxRules = 256

	// maxRuleName and maxRuleCSS are bytes. Selectors written by hand have fewer than 200.
	maxRuleName = 64
	maxRuleCSS  = 2 << 10

	// maxValues is how many values one rule takes from a page: as many as the longest honest lists and tables have.
	maxValues = 10_000

	// maxValueBytes is the length of one value in bytes: a long article as one element.
	maxValueBytes = 256 << 10

	// maxFieldsBytes is the length of all values of a page in bytes. Nested elements that all match would otherwise give
	// the page's text once for each level.
	maxFieldsBytes = 4 << 20

	// maxFieldsWork is how many bytes of text and elements are read for the values of one page, those that give nothing
	// included.
	maxFieldsWork = 64 << 20

	// maxTextBytes is the length of a page's visible text in bytes; a long book has 2 MB.
	maxTextBytes = 4 << 20

	// maxCompiled is how many sets of rules are kept compiled. A crawl has one.
	maxCompiled = 8

	// matchCheckNodes is after how many elements the deadline is looked at while a selector runs.
	matchCheckNodes = 1024

	// maxCrashBytes is how much of a panic's message is passed on, in bytes.
	maxCrashBytes = 200
)
