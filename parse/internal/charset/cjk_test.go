package charset

import (
	"strings"
	"testing"
)

// Texts as pages have them: a heading, an address line, running text.
var written = []struct {
	name  string
	short string
	long  string
}{
	{
		"gbk", "欢迎访问我们的网站",
		"北京市今天发布了新的城市规划，计划在未来五年内建设更多的公园和图书馆。市民可以通过网站查看详细情况，也可以打电话咨询。" +
			"专家认为，这一计划将改善居民的生活质量，同时促进当地经济的发展。版权所有，未经许可不得转载。",
	},
	{
		"gbk", "产品中心 新闻动态 联系我们",
		"本公司成立于一九九八年，专业生产各种机械设备，产品销往全国各地，并出口到东南亚和欧洲市场。我们坚持质量第一、用户至上的原则。",
	},
	{
		"big5", "歡迎光臨本網站",
		"臺北市政府今天公布新的交通計畫，預計在三年內增加公車路線，並改善捷運站周邊的環境。市民可以上網查詢詳細資料，也可以打電話詢問。" +
			"專家表示，這項計畫對於減少空氣污染有很大的幫助。",
	},
	{
		"shift_jis", "ようこそ、私のホームページへ",
		"東京都は今日、新しい公園の計画を発表しました。来年の春に開園する予定で、子どもから大人まで楽しめる施設になるということです。" +
			"詳しくはお問い合わせください。会社案内、商品一覧、お知らせ。",
	},
	{
		"euc-jp", "お知らせ：新商品の案内",
		"昔々あるところに、おじいさんとおばあさんが住んでいました。おじいさんは山へ芝刈りに、おばあさんは川へ洗濯に行きました。" +
			"データベースの検索はこちらからどうぞ。",
	},
	{
		"euc-kr", "저희 홈페이지에 오신 것을 환영합니다",
		"서울시는 오늘 새로운 도시 계획을 발표했다. 앞으로 오 년 동안 공원과 도서관을 더 많이 지을 예정이다. 시민들은 홈페이지에서 " +
			"자세한 내용을 확인할 수 있다. 회사 소개, 고객 센터, 개인정보 처리방침.",
	},
}

// page puts text among markup that is itself ASCII, as on real pages.
func page(text string) string {
	return "<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01//EN\">\r\n<html><head><title>" + text + "</title>\r\n" +
		"<script type=\"text/javascript\">var a = 'x' + 1; if (a < 3) { document.write(\"<b>\"); }</script>\r\n" +
		"<style>body { color: #333 } a:hover { color: red }</style></head>\r\n<body bgcolor=\"#ffffff\">\r\n" +
		"<table width=\"100%\"><tr><td><a href=\"/index.asp?id=12\"><img src=\"logo.gif\" alt=\"logo\"></a></td></tr>\r\n" +
		"<tr><td><p>" + text + " 2004</p></td></tr></table>\r\n<p>Copyright (c) 2004 Example Ltd. Tel: 010-12345678</p></body></html>"
}

func TestDetectUndeclaredCJK(t *testing.T) {
	for _, w := range written {
		for _, text := range []string{w.short, page(w.short), w.long, page(w.long), page(strings.Repeat(w.long, 200)), w.short + page(w.long)} {
			body := encode(t, w.name, text)
			name, source := Detect(body, "text/html")
			if name != w.name || source != Detected {
				t.Errorf("%s %.60q (%d bytes): got %s, %s", w.name, text, len(body), name, source)
			}
			if got := string(Decode(name, body)); got != text {
				t.Errorf("%s: decodes to %.80q", w.name, got)
			}
		}
	}
}

func TestDetectDeclaredCJK(t *testing.T) {
	labels := map[string][]string{
		"gbk": {"gb2312", "GBK", "x-gbk", "gb_2312-80"}, "big5": {"Big5", "big5-hkscs"},
		"shift_jis": {"Shift_JIS", "x-sjis", "windows-31j"}, "euc-jp": {"EUC-JP", "x-euc-jp"}, "euc-kr": {"euc-kr", "ks_c_5601-1987"},
	}
	for _, w := range written {
		for _, label := range labels[w.name] {
			meta := `<meta http-equiv="Content-Type" content="text/html; charset=` + label + `">`
			body := encode(t, w.name, "<html><head>"+meta+"<title>"+w.long)
			if name, source := Detect(body, "text/html"); name != w.name || source != Meta {
				t.Errorf("%s in meta: got %s, %s", label, name, source)
			}
			if name, source := Detect(body, "text/html; charset="+label); name != w.name || source != Header {
				t.Errorf("%s in the header: got %s, %s", label, name, source)
			}
			if got := string(Decode(w.name, body)); !strings.HasSuffix(got, w.long) {
				t.Errorf("%s: decodes to %.80q", w.name, got)
			}
		}
	}
}

// TestDetectCut cuts a page in the middle of a character, as a size limit does.
func TestDetectCut(t *testing.T) {
	for _, w := range written {
		body := encode(t, w.name, page("x")[:400]+w.long)
		for cut := range 4 {
			if name, _ := Detect(body[:len(body)-cut], ""); name != w.name {
				t.Errorf("%s without %d bytes: got %s", w.name, cut, name)
			}
		}
	}
}

func TestDetectUndeclaredLetters(t *testing.T) {
	for _, w := range []struct{ name, text string }{
		{"windows-1252", "Les élèves français étaient déjà arrivés à l’école où leur maîtresse les attendait près de la fenêtre."},
		{"windows-1252", "“It’s a shame,” he said – “we don’t rock ’n’ roll any more, and that’s that.” The café was closed."},
		{"windows-1252", "Die Straße führt über die Brücke; für Fußgänger ist sie während der Bauarbeiten gesperrt. Öffnungszeiten täglich."},
		{"windows-1252", "El niño comió mañana en la montaña; ¿cuándo volverán los años del corazón español?"},
		{"windows-1252", "Große Größe süß müßte: Ä Ö Ü ß"},
		{"windows-1251", "Сегодня в городе открылась новая библиотека, в которой собраны тысячи книг. Жители города могут читать их бесплатно каждый день, кроме понедельника."},
		{"koi8-r", "Сегодня в городе открылась новая библиотека, в которой собраны тысячи книг. Жители города могут читать их бесплатно каждый день, кроме понедельника."},
		{"iso-8859-7", "Η νέα βιβλιοθήκη της πόλης άνοιξε σήμερα και οι κάτοικοι μπορούν να διαβάζουν δωρεάν χιλιάδες βιβλία κάθε μέρα."},
		{"windows-1251", "ПОСЛЕДНИЕ НОВОСТИ. Президент подписал указ о мерах по развитию образования и науки, сообщает пресс-служба."},
		{"windows-1256", "المكتبة الجديدة في المدينة افتتحت اليوم ويمكن للسكان قراءة آلاف الكتب مجانا كل يوم"},
		{"windows-874", "ห้องสมุดแห่งใหม่ของเมืองเปิดให้บริการแล้ววันนี้ ประชาชนสามารถอ่านหนังสือได้ฟรีทุกวัน"},
		{"windows-1255", "הספרייה החדשה של העיר נפתחה היום, ותושבי העיר יכולים לקרוא בה אלפי ספרים בחינם בכל יום חוץ משבת."},
	} {
		body := encode(t, w.name, page(w.text))
		name, _ := Detect(body, "")
		if got := string(Decode(name, body)); got != page(w.text) {
			t.Errorf("%s: taken for %s: %.100q", w.name, name, w.text)
		}
	}
}

func benchDetect(b *testing.B, body []byte, header string) {
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		Detect(body, header)
	}
}

func BenchmarkDetect(b *testing.B) {
	utf8Page := []byte(page(strings.Repeat(written[0].long, 30)))
	declared := append([]byte(`<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>`), utf8Page...)
	deep := append([]byte(`<!DOCTYPE html><html><head>`+strings.Repeat(`<link rel="stylesheet" href="/a.css">`, 20)+`<meta charset="utf-8">`), utf8Page...)
	gbk := encode(b, "gbk", page(strings.Repeat(written[0].long, 30)))
	latin := encode(b, "windows-1252", page(strings.Repeat("Les élèves français étaient déjà arrivés à l’école. ", 200)))
	cyrillic := encode(b, "windows-1251", page(strings.Repeat(sentences[0].text+"\r\n", 15)))
	turkish := encode(b, "windows-1254", page(strings.Repeat(sentences[8].text+"\r\n", 15)))
	b.Run("header", func(b *testing.B) { benchDetect(b, utf8Page, "text/html; charset=utf-8") })
	b.Run("meta", func(b *testing.B) { benchDetect(b, declared, "text/html") })
	b.Run("meta-late", func(b *testing.B) { benchDetect(b, deep, "text/html") })
	b.Run("undeclared-utf8", func(b *testing.B) { benchDetect(b, utf8Page, "text/html") })
	b.Run("undeclared-gbk", func(b *testing.B) { benchDetect(b, gbk, "text/html") })
	b.Run("undeclared-latin", func(b *testing.B) { benchDetect(b, latin, "text/html") })
	b.Run("undeclared-cyrillic", func(b *testing.B) { benchDetect(b, cyrillic, "text/html") })
	b.Run("undeclared-turkish", func(b *testing.B) { benchDetect(b, turkish, "text/html") })
}

func BenchmarkDecode(b *testing.B) {
	text := page(strings.Repeat(written[0].long, 30))
	for _, name := range []string{"utf-8", "gbk"} {
		body := encode(b, name, text)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				Decode(name, body)
			}
		})
	}
}
