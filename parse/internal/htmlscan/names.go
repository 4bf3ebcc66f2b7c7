package htmlscan

// Tag names an element that is of use to someone; all others are TagOther.
type Tag byte

// Elements. Those that hold raw text come first.
const (
	TagOther Tag = iota
	TagScript
	TagStyle
	TagTextarea
	TagTitle
	TagXmp
	TagIframe
	TagNoembed
	TagNoframes
	TagPlaintext
	TagA
	TagArea
	TagLink
	TagBase
	TagMeta
	TagHTML
	TagBody
	TagFrame
	TagImg
	TagImage
	TagInput
	TagSource
	TagVideo
	TagAudio
	TagTrack
	TagEmbed
	TagObject
	TagUse
	TagSvg
	TagMath
	TagTemplate
	TagForeignObject
	TagDesc
	TagAnnotationXML
	TagMi
	TagMo
	TagMn
	TagMs
	TagMtext
	TagMglyph
	TagMalignmark
	TagFeImage
	TagBr
	TagP
	TagHead
)

// isRaw says whether the element, in HTML, holds nothing but text.
func (t Tag) isRaw() bool { return TagScript <= t && t <= TagPlaintext }

// AttrID names an attribute that is of use to someone; all others are AttrOther. They are fewer than 64: see Scanner.keep.
type AttrID byte

// Attributes.
const (
	AttrOther AttrID = iota
	AttrHref
	AttrSrc
	AttrSrcset
	AttrRel
	AttrContent
	AttrName
	AttrHTTPEquiv
	AttrProperty
	AttrType
	AttrCharset
	AttrLang
	AttrStyle
	AttrData
	AttrPoster
	AttrBackground
	AttrAs
	AttrImagesrcset
	AttrXlinkHref
	AttrXMLLang
	AttrEncoding
	AttrDataSrc
	AttrDataSrcset
	AttrDataOriginal
	AttrDataOriginalSet
	AttrDataLazy
	AttrDataLazySrc
	AttrDataLazySrcset
	AttrDataLazyload
	AttrDataEcho
	AttrDataHiResSrc
	AttrDataImgSrc
	AttrDataImage
	AttrDataLargeImage
	AttrDataZoomImage
	AttrDataFullSrc
	AttrDataThumb
	AttrDataPoster
	AttrDataBg
	AttrDataBackground
	AttrDataBackgroundImage
	AttrDataBgSrc
	AttrColor
	AttrFace
	AttrSize
)

// tagOf looks a name up; upper says that it has upper case letters.
func tagOf(name []byte, upper bool) Tag {
	if !upper {
		return tagOfLower(name)
	}
	var buf [maxKnownName]byte
	if len(name) > len(buf) {
		return TagOther
	}
	return tagOfLower(toLower(buf[:len(name)], name))
}

// attrOf looks a name up; upper says that it has upper case letters.
func attrOf(name []byte, upper bool) AttrID {
	if !upper {
		return attrOfLower(name)
	}
	var buf [maxKnownName]byte
	if len(name) > len(buf) {
		return AttrOther
	}
	return attrOfLower(toLower(buf[:len(name)], name))
}

func toLower(dst, src []byte) []byte {
	for i, c := range src {
		dst[i] = lower(c)
	}
	return dst
}

// Classes of bytes.
const (
	classSpace   = 1 << iota // TAB, LF, FF, CR, space (section 2.1.2 of the Infra standard)
	classSlash               // '/'
	classGreater             // '>'
	classEqual               // '='
	classLetter              // ASCII letters
	classUpper               // ASCII upper case letters
	classCoded               // what AppendAttr changes: '&', NUL, CR
	classHigh                // not ASCII
)

// class gives the classes of each byte.
var class = classes()

func classes() (t [256]byte) {
	for _, c := range []byte("\t\n\f\r ") {
		t[c] |= classSpace
	}
	for _, c := range []byte("&\x00\r") {
		t[c] |= classCoded
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c] |= classLetter
		t[c-'a'+'A'] |= classLetter | classUpper
	}
	for c := 0x80; c < 0x100; c++ {
		t[c] |= classHigh
	}
	t['/'] |= classSlash
	t['>'] |= classGreater
	t['='] |= classEqual
	return t
}

func tagOfLower(name []byte) Tag {
	switch string(name) {
	case "script":
		return TagScript
	case "style":
		return TagStyle
	case "textarea":
		return TagTextarea
	case "title":
		return TagTitle
	case "xmp":
		return TagXmp
	case "iframe":
		return TagIframe
	case "noembed":
		return TagNoembed
	case "noframes":
		return TagNoframes
	case "plaintext":
		return TagPlaintext
	case "a":
		return TagA
	case "area":
		return TagArea
	case "link":
		return TagLink
	case "base":
		return TagBase
	case "meta":
		return TagMeta
	case "html":
		return TagHTML
	case "body":
		return TagBody
	case "frame":
		return TagFrame
	case "img":
		return TagImg
	case "image":
		return TagImage
	case "input":
		return TagInput
	case "source":
		return TagSource
	case "video":
		return TagVideo
	case "audio":
		return TagAudio
	case "track":
		return TagTrack
	case "embed":
		return TagEmbed
	case "object":
		return TagObject
	case "use":
		return TagUse
	case "svg":
		return TagSvg
	case "math":
		return TagMath
	case "template":
		return TagTemplate
	case "foreignobject":
		return TagForeignObject
	case "desc":
		return TagDesc
	case "annotation-xml":
		return TagAnnotationXML
	case "mi":
		return TagMi
	case "mo":
		return TagMo
	case "mn":
		return TagMn
	case "ms":
		return TagMs
	case "mtext":
		return TagMtext
	case "mglyph":
		return TagMglyph
	case "malignmark":
		return TagMalignmark
	case "feimage":
		return TagFeImage
	case "br":
		return TagBr
	case "p":
		return TagP
	case "head":
		return TagHead
	}
	return TagOther
}

func attrOfLower(name []byte) AttrID {
	switch string(name) {
	case "href":
		return AttrHref
	case "src":
		return AttrSrc
	case "srcset":
		return AttrSrcset
	case "rel":
		return AttrRel
	case "content":
		return AttrContent
	case "name":
		return AttrName
	case "http-equiv":
		return AttrHTTPEquiv
	case "property":
		return AttrProperty
	case "type":
		return AttrType
	case "charset":
		return AttrCharset
	case "lang":
		return AttrLang
	case "style":
		return AttrStyle
	case "data":
		return AttrData
	case "poster":
		return AttrPoster
	case "background":
		return AttrBackground
	case "as":
		return AttrAs
	case "imagesrcset":
		return AttrImagesrcset
	case "xlink:href":
		return AttrXlinkHref
	case "xml:lang":
		return AttrXMLLang
	case "encoding":
		return AttrEncoding
	case "data-src":
		return AttrDataSrc
	case "data-srcset":
		return AttrDataSrcset
	case "data-original":
		return AttrDataOriginal
	case "data-original-set":
		return AttrDataOriginalSet
	case "data-lazy":
		return AttrDataLazy
	case "data-lazy-src":
		return AttrDataLazySrc
	case "data-lazy-srcset":
		return AttrDataLazySrcset
	case "data-lazyload":
		return AttrDataLazyload
	case "data-echo":
		return AttrDataEcho
	case "data-hi-res-src":
		return AttrDataHiResSrc
	case "data-img-src":
		return AttrDataImgSrc
	case "data-image":
		return AttrDataImage
	case "data-large_image":
		return AttrDataLargeImage
	case "data-zoom-image":
		return AttrDataZoomImage
	case "data-full-src":
		return AttrDataFullSrc
	case "data-thumb":
		return AttrDataThumb
	case "data-poster":
		return AttrDataPoster
	case "data-bg":
		return AttrDataBg
	case "data-background":
		return AttrDataBackground
	case "data-background-image":
		return AttrDataBackgroundImage
	case "data-bg-src":
		return AttrDataBgSrc
	case "color":
		return AttrColor
	case "face":
		return AttrFace
	case "size":
		return AttrSize
	}
	return AttrOther
}
