package charset

import (
	"sync"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// The characters that running text and page furniture of a language are mostly made of. About half of any text is among
// them, while text of another encoding hits them by chance only.
const (
	simplified = "的一是不了在有人我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而" +
		"能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二" +
		"理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关" +
		"并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安表原车白应路期叫死常提感金何更反合放" +
		"做系计或司利受光王果亲界及今京务制解各任至清物台象记边共风战干接它许八特觉望直服毛林题建南度统色字请交爱让认算论百吃义科怎元社术" +
		"结六功指思非流每青管夫连远资队跟带花快条院变联言权往展该领传近留红治决周保达办运武半候七必城父强步完革深区即求品士转量空甚众技轻程" +
		"告江语英基派满式李息写呢识极令黄德收脸钱党倒未持取设始版双历越史商千片容研像找友孩站广改议形委早房音火际则首单据导影失拿网香似斯专" +
		"石若兵弟谁校读志飞观争究包组造落视济喜离虽坏兴米集黑注册录登首页闻键搜索链接载购您帮助更多返回"
	traditional = "的一是不了在有人我他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可她里裡後小麼心多天而" +
		"能好都然沒日於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長知民樣現分將外但身些與高意進把法此實回二" +
		"理美點月明其種聲全工己話兒者向情部正名定女問力機給等幾很業最間新什打便位因重被走電四第門相次東政海口使教西再平真聽世氣信北少關" +
		"並內加化由卻代軍產入先山五太水萬市眼體別處總才場師書比住員九笑性通目華報立馬命張活難神數件安表原車白應路期叫死常提感金何更反合放" +
		"做系計或司利受光王果親界及今京務制解各任至清物台象記邊共風戰接它許八特覺望直服林題建南度統色字請交愛讓認算論百吃義科怎元社術" +
		"結六功指思非流每青管夫連遠資隊帶花快條院變聯言權往展該領傳近留紅治決周保達辦運武半候七必城父強步完革深區即求品士轉量空甚眾技輕程" +
		"告江語英基派滿式李息寫呢識極令黃德收臉錢黨倒未持取設始版雙歷越史商千片容研像找友孩站廣改議形委早房音火際則首單據導影失拿網香似斯專" +
		"石若兵弟誰校讀志飛觀爭究包組造落視濟喜離雖壞興米集黑註冊錄登頁聞鍵搜尋索鏈連載購您幫助灣臺港網"
	hangul = "이다는에을의가고하지은로한를도서사기시자어인나라대리니일아들정있해그보전수게것면부제과상장스만오주여구공원으했안조생" +
		"동된적며연선성국유와때비신위경용문학모무개마러되소물화년중내모든말발방까세요회관계관습분우거바간심출르입치실등명던같강없반" +
		"음합트진민데했었는다당미야교청술할속최새결운행업양먼저터본질체단초식형집력통법복남북임김박런약감습니네히래록직권금품호홈페이로그인검색카" +
		"테고객센터더보기추천뉴스회원가입확인취소였려져건번타현재월목설노살손드길알영처배프크파르차러달저울눈말람머려"
	kanji = "日一国会人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者党地合市業内相方四定今回新場金員九入選立開手" +
		"米力学問高代明実円関決子動京全目表戦経通外最言氏現理調体化田当八六約主題下首意法不来作性的要用制治度務強気小七成期公野協取都" +
		"和統以機平総加山思家話世受区領多県続進正安設保改数記院女初北午指権心界支第産結百派点教報済書府活原先共得解名交資予川向際査勝面" +
		"検索情報商品注文画像登録利用規約案内更新"
	kana = "ぁあぃいぅうぇえぉおかがきぎくぐけげこごさざしじすずせぜそぞただちぢっつづてでとどなにぬねのはばぱひびぴふぶぷへべぺほぼぽまみむめもゃやゅゆょよらりるれろわをん" +
		"ァアィイゥウェエォオカガキギクグケゲコゴサザシジスズセゼソゾタダチッツテデトドナニネノハバパヒビピフブプヘベペホボポマミムメモャヤュユョヨラリルレロワンー"
)

// pairSet is a set of two-byte characters.
type pairSet [1 << 16 / 64]uint64

func (s *pairSet) add(hi, lo byte)      { s[uint(hi)<<2|uint(lo)>>6] |= 1 << (lo & 63) }
func (s *pairSet) has(hi, lo byte) bool { return s[uint(hi)<<2|uint(lo)>>6]>>(lo&63)&1 != 0 }

// frequentIn encodes text and keeps its two-byte characters.
func frequentIn(enc encoding.Encoding, text string) *pairSet {
	var s pairSet
	encoder := enc.NewEncoder()
	for _, r := range text {
		if b, err := encoder.Bytes([]byte(string(r))); err == nil && len(b) == 2 {
			s.add(b[0], b[1])
		}
	}
	return &s
}

// candidates are the encodings told from each other by frequent characters. The sets are made at the first page that
// needs them, and never changed.
var candidates = sync.OnceValue(func() []candidate {
	return []candidate{
		{"shift_jis", stepShiftJIS, frequentIn(japanese.ShiftJIS, kana+kanji)},
		{"euc-jp", stepEUCJP, frequentIn(japanese.EUCJP, kana+kanji)},
		{"gbk", stepGBK, frequentIn(simplifiedchinese.GBK, simplified)},
		{"big5", stepBig5, frequentIn(traditionalchinese.Big5, traditional)},
		{"euc-kr", stepEUCKR, frequentIn(korean.EUCKR, hangul)},
	}
})
