package charset

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// sentences are what pages in one-byte encodings say: a heading, running text, a list of wares. The encodings are those
// that have all its letters.
var sentences = []struct{ language, encodings, text string }{
	{
		"Russian", "windows-1251 koi8-r iso-8859-5 ibm866 x-mac-cyrillic",
		"РАСПИСАНИЕ ПОЕЗДОВ И АВТОБУСОВ\n" +
			"Ранним утром рыбаки вышли на берег озера и долго смотрели, как туман поднимается над водой. Лодки стояли у причала, сети сушились на " +
			"солнце, а в деревне уже топили печи. Старый учитель говорил, что в такую погоду щука берёт лучше всего.\n" +
			"Чайник электрический, утюг, пылесос, холодильник двухкамерный, плита газовая, вентилятор\n" +
			"Главная Новости Контакты Каталог Доставка и оплата Поиск по сайту Обратная связь",
	},
	{
		"Ukrainian", "windows-1251 koi8-u iso-8859-5 x-mac-cyrillic",
		"РОЗКЛАД РУХУ ПОТЯГІВ\n" +
			"Минулого літа ми їздили до бабусі в невелике село біля річки. Щоранку сусіди виганяли корів на пасовище, а діти бігли купатися. " +
			"Увечері всі збиралися на подвір'ї, пили чай із липовим цвітом і слухали, як дід розповідає про свою молодість.\n" +
			"Чайник, праска, пилосос, холодильник, пральна машина, мікрохвильова піч\n" +
			"Головна Новини Про нас Відгуки Пошук Зв'язок із редакцією",
	},
	{
		"Bulgarian", "windows-1251 koi8-r iso-8859-5 ibm866",
		"РАЗПИСАНИЕ НА ВЛАКОВЕТЕ\n" +
			"През есента планината става червена и златна, а по пътеките мирише на мокри листа и на дим. Хижарят запалва печката още преди изгрев " +
			"и слага голям чайник с мащерка. Туристите идват уморени, но щом седнат край огъня, започват да се смеят и да пеят.\n" +
			"Чайник, ютия, прахосмукачка, хладилник, готварска печка, сешоар\n" +
			"Начало Новини За нас Връзки Търсене Общи условия",
	},
	{
		"Serbian", "windows-1251 iso-8859-5 x-mac-cyrillic",
		"РЕД ВОЖЊЕ АУТОБУСА\n" +
			"Сваког петка на пијаци испод тврђаве продају се сир, мед и свеже поврће. Људи долазе рано, јер до подне све буде распродато. Моја " +
			"тетка увек купује паприке код истог сељака, па после цео дан пече ајвар и прича нам о својој младости у малом граду крај реке.\n" +
			"Чајник, пегла, усисивач, фрижидер, шпорет, бојлер\n" +
			"Почетна Вести О нама Питања и одговори Претрага",
	},
	{
		"Greek", "windows-1253 iso-8859-7",
		"ΔΡΟΜΟΛΟΓΙΑ ΛΕΩΦΟΡΕΙΩΝ\n" +
			"Κάθε καλοκαίρι πηγαίνουμε στο νησί με το παλιό καράβι της γραμμής. Το σπίτι του παππού βρίσκεται ψηλά, πάνω από το λιμάνι, και από την " +
			"αυλή βλέπουμε τις βάρκες να γυρίζουν το βράδυ. Άλλοτε τρώγαμε ψάρια στην ταβέρνα, τώρα μαγειρεύουμε όλοι μαζί και μετά παίζουμε χαρτιά.\n" +
			"Βραστήρας, σίδερο, ηλεκτρική σκούπα, ψυγείο, φούρνος, ανεμιστήρας\n" +
			"Αρχική Νέα Επικοινωνία Ποιοι είμαστε Αναζήτηση Όροι χρήσης",
	},
	{
		"Hebrew", "windows-1255 iso-8859-8",
		"לוח הזמנים של הרכבת\n" +
			"בכל יום שישי אנחנו נוסעים לשוק הישן כדי לקנות ירקות, דגים ולחם טרי. הסוחרים צועקים את המחירים, והילדים מחפשים את הדוכן של הממתקים. " +
			"אחר כך סבתא מבשלת מרק גדול, וכל המשפחה יושבת סביב השולחן ומספרת מה קרה במשך השבוע.\n" +
			"קומקום, מגהץ, שואב אבק, מקרר, תנור, מאוורר\n" +
			"דף הבית חדשות אודות צור קשר חיפוש באתר",
	},
	{
		"Arabic", "windows-1256 iso-8859-6",
		"مواعيد القطارات والحافلات\n" +
			"في كل صباح يفتح جدي دكانه الصغير عند باب السوق، ويرتب صناديق الفاكهة والخضار قبل أن يصل الناس. يعرف أسماء جيرانه جميعا، ويسأل كل واحد " +
			"منهم عن أولاده وعن عمله. وفي المساء نجلس معه على السطح، نشرب الشاي بالنعناع ونستمع إلى حكاياته القديمة.\n" +
			"غلاية، مكواة، مكنسة كهربائية، ثلاجة، فرن، مروحة\n" +
			"الصفحة الرئيسية الأخبار من نحن اتصل بنا بحث",
	},
	{
		"Thai", "windows-874",
		"ตารางเดินรถไฟ\n" +
			"ทุกเช้าวันเสาร์แม่จะพาเราไปตลาดริมน้ำ ซื้อปลา ผักสด และขนมหวานที่ทำจากมะพร้าว พ่อค้าแม่ค้าพายเรือมาจากหมู่บ้านใกล้เคียง " +
			"เด็กๆ ชอบนั่งดูเรือและให้อาหารนก ตอนเย็นทุกคนช่วยกันทำกับข้าวแล้วกินด้วยกันที่ระเบียงหลังบ้าน\n" +
			"กาต้มน้ำ เตารีด เครื่องดูดฝุ่น ตู้เย็น พัดลม\n" +
			"หน้าแรก ข่าวสาร เกี่ยวกับเรา ติดต่อเรา ค้นหา",
	},
	{
		"Turkish", "windows-1254",
		"OTOBÜS SAATLERİ VE ÜCRETLERİ DEĞİŞTİ\n" +
			"Her yıl kış başlarken dağdaki köye çıkıyoruz. Büyükannem sobayı yakıyor, ıhlamur kaynatıyor ve bize gençliğinde gördüğü fırtınaları " +
			"anlatıyor. Akşamları komşular geliyor, kestane pişiriyoruz, çocuklar karda oynamaktan yorulup erkenden uyuyor.\n" +
			"Çaydanlık, ütü, elektrikli süpürge, buzdolabı, fırın, ısıtıcı\n" +
			"Ana sayfa Haberler Hakkımızda İletişim Alışveriş Üyelik girişi Şikâyetler",
	},
	{
		"Polish", "windows-1250 iso-8859-2",
		"ROZKŁAD JAZDY POCIĄGÓW\n" +
			"W każdą sobotę chodziliśmy z dziadkiem na ryby nad jezioro za lasem. Wstawaliśmy przed świtem, brałem chleb, herbatę w termosie i " +
			"wędkę, którą dostałem na urodziny. Dziadek mówił niewiele, ale wiedział, gdzie stoją szczupaki i dlaczego milczą żaby.\n" +
			"Czajnik, żelazko, odkurzacz, lodówka, kuchenka gazowa, wentylator łazienkowy\n" +
			"Strona główna Aktualności Wyślij zapytanie Często zadawane pytania Księga gości",
	},
	{
		"Czech", "windows-1250 iso-8859-2",
		"JÍZDNÍ ŘÁD AUTOBUSŮ\n" +
			"Když přišel podzim, chodili jsme s babičkou do lesa na houby. Košíky jsme měli plné hřibů a křemenáčů, doma se pak čistily, krájely a " +
			"sušily na půdě. Dědeček zatím seděl u kamen, kouřil dýmku a četl noviny, které přinesl pošťák.\n" +
			"Konvice, žehlička, vysavač, lednička, sporák, větrák\n" +
			"Úvodní stránka Články Přihlášení Vyhledávání Kontaktujte nás Příští týden",
	},
	{
		"Hungarian", "windows-1250 iso-8859-2",
		"A VONATOK MENETRENDJE ŐSSZEL\n" +
			"Minden ősszel leutaztunk a nagyszülőkhöz a Tisza mellé. A szőlőhegyen már szüretelt az egész falu, az idősebbek főzték a gulyást, mi " +
			"pedig a gyümölcsös végében játszottunk. Este a tűz körül ültünk, a nagyapám hegedült, és a felhők lassan eltűntek a dűlő fölött.\n" +
			"Vízforraló, vasaló, porszívó, hűtőszekrény, tűzhely, szellőző, fűtőtest\n" +
			"Kezdőlap Hírek Elérhetőség Keresés Következő oldal Megrendelő űrlap",
	},
	{
		"Romanian", "windows-1250 iso-8859-2",
		"PROGRAMUL DE CIRCULAŢIE AL AUTOBUZELOR\n" +
			"În fiecare vară mergeam la bunici, într-un sat aşezat între dealuri. Dimineaţa aduceam apă de la fântână, apoi culegeam cireşe şi le " +
			"vindeam la marginea drumului. Seara, când se răcorea, bătrânii stăteau pe bancă şi povesteau despre vremuri uitate.\n" +
			"Ceainic, maşină de spălat, frigider, fier de călcat, încălzitor\n" +
			"Pagina principală Ştiri Despre noi Întrebări Căutare",
	},
	{
		"Lithuanian", "windows-1257",
		"TRAUKINIŲ TVARKARAŠTIS ŠĮ MĖNESĮ\n" +
			"Kiekvieną rudenį važiuodavome pas senelius į kaimą prie ežero. Rytais rinkdavome obuolius, o močiutė kepdavo pyragą ir virdavo uogienę. " +
			"Vakare visi susėsdavome prie židinio, klausydavomės vėjo ir žiūrėdavome, kaip už lango krinta lapai.\n" +
			"Virdulys, lygintuvas, dulkių siurblys, šaldytuvas, viryklė",
	},
	{
		"Latvian", "windows-1257",
		"VILCIENU KUSTĪBAS SARAKSTS ŠONEDĒĻ\n" +
			"Katru vasaru mēs braucām pie vecmāmiņas uz laukiem. No rīta lasījām ogas un sēnes, pēc tam peldējāmies ezerā un kūrām ugunskuru. " +
			"Vectēvs stāstīja par zvejniekiem, kuri vētrā bija pazuduši un pēc nedēļas atgriezušies mājās.\n" +
			"Tējkanna, gludeklis, putekļu sūcējs, ledusskapis, plīts",
	},
	{
		"French", "windows-1252",
		"HORAIRES D’ÉTÉ : À PARTIR DU DÉBUT FÉVRIER\n" +
			"L’été dernier, nous avons loué une maison près de la forêt, où mon père était né. Les voisins élevaient des chèvres et vendaient un " +
			"fromage très apprécié. « Vous êtes sûrs de vouloir rester ? » demandait la fermière ; même la pluie ne nous gênait pas. Ça va de soi.\n" +
			"Théière, cafetière, réfrigérateur, sèche-cheveux, cuisinière, fer à repasser\n" +
			"Accueil Actualités Mentions légales Écrivez-nous Où dîner à Nîmes Le cœur des Ardennes Noël à l’hôtel",
	},
	{
		"German", "windows-1252",
		"FAHRPLÄNE FÜR ÖFFENTLICHE BUSSE\n" +
			"Früher fuhren wir jedes Jahr im März zu meinem Großvater, der ein Häuschen am Fuß der Berge hatte. Er züchtete Bienen, flickte Körbe " +
			"und erzählte abends von den Kälbern, die über die Brücke gelaufen waren. »Müßiggang macht schläfrig«, sagte er, „also schälen wir Äpfel“.\n" +
			"Bügeleisen, Kühlschrank, Wäschetrockner, Küchengerät, Föhn, Ölheizkörper\n" +
			"Über uns Öffnungszeiten Geschäftsbedingungen Zurück Nächste Seite Größentabelle",
	},
	{
		"Spanish", "windows-1252",
		"HORARIO DE ÓMNIBUS Y CAMIÓN\n" +
			"¿Quién no recuerda aquel año en que llovió sin parar? El río creció, los niños jugaban en el patio de la estación y mi tía Begoña hacía " +
			"buñuelos con miel. «Mañana saldrá el sol», decía el señor Núñez. ¡Qué ilusión tenían todos cuando por fin salió!\n" +
			"Tetera eléctrica, aspiradora, lámpara, sillón, sartén, secador de pelo, colchón\n" +
			"Página de inicio Más información Según la sección ¿Dónde estamos? ¡Llámenos! Atención al público",
	},
	{
		"Portuguese", "windows-1252",
		"HORÁRIO DE ÔNIBUS E AVIÕES\n" +
			"Não sei se você se lembra do armazém do seu João, lá na esquina da praça. Vendia pão, feijão, maçãs e três espécies de limões. Às " +
			"terças, minha avó mandava buscar açúcar e eu voltava com as mãos cheias de balas. Também havia um relógio que nunca funcionou.\n" +
			"Fogão, máquina de lavar, televisão, colchões, cafeteira elétrica, ventilador de chão\n" +
			"Página inicial Notícias Promoções Endereço Atenção às condições Opiniões dos usuários",
	},
	{
		"Swedish", "windows-1252",
		"TIDTABELL FÖR TÅG OCH BÅT\n" +
			"När jag var liten åkte vi varje sommar till en ö längst ut i skärgården. Farfar rökte strömming, mormor plockade blåbär och vi barn " +
			"rodde över sundet för att köpa mjölk. På kvällen tände vi lyktor, åt pannkakor och lyssnade på vågorna. Färjan går klockan åtta.\n" +
			"Tvättmaskin, kylskåp, strykjärn, hårtork, fläkt, våffeljärn\n" +
			"Förstasidan Nästa Föregående Öppettider Köpvillkor Hjälp på svenska Sök bland våra böcker",
	},
	{
		"Finnish", "windows-1252",
		"JÄRJESTÖN PÄIVÄKIRJA JA KESÄTYÖT\n" +
			"Kesällä lähdemme mökille järven rannalle. Äiti lämmittää saunan, isä käy kalassa ja me syömme mustikoita suoraan metsästä. Illalla " +
			"istumme nuotion ääressä, kunnes yö hämärtyy. Vettä tämä kesä ei säästellyt, mutta se ei häirinnyt meitä yhtään.\n" +
			"Pesukone, jääkaappi, silitysrauta, pölynimuri, sähkökiuas\n" +
			"Etusivu Yhteystiedot Lisää ostoskoriin Näytä kaikki Tämän viikon myydyimmät Käyttöehdot",
	},
	{
		"Icelandic", "windows-1252",
		"ÁÆTLUN FERJUNNAR Í JÚLÍ OG ÁGÚST\n" +
			"Þegar ég var barn fórum við á hverju hausti upp í fjöll að smala fé. Afi reið fremstur á gráum hesti, en við krakkarnir gengum á eftir og " +
			"sungum. Það rigndi oft, þó kvartaði enginn. Í réttunum var heitt kaffi, kjötsúpa og löng þögn áður en byrjað var að draga í dilka.\n" +
			"Ísskápur, þvottavél, straujárn, ryksuga, brauðrist\n" +
			"Forsíða Fréttir Um okkur Hafðu samband Leita Sláðu inn lykilorð Næsta síða",
	},
	{
		"Italian", "windows-1252",
		"PERCHÉ LA CITTÀ È PIÙ BELLA\n" +
			"Ogni lunedì la nonna andava al mercato, perché lì la verdura è più fresca. Poi preparava il tè e ci raccontava com’era la città quand’era " +
			"giovane: «Non c’è più la libertà di una volta», diceva, però rideva. Papà tornava giù dalla collina e così finiva la giornata.\n" +
			"Caffè, tè, babà, tiramisù, pâté, purè\n" +
			"Novità Qualità Pubblicità È possibile pagare così Disponibilità Università",
	},
	{
		"Dutch", "windows-1252",
		"BELGIË, ITALIË EN DE COÖPERATIE\n" +
			"De coöperatie in België kreeg een idee: één café voor alle financiële vragen. Geïnteresseerden zeiden: “Wij zijn benieuwd naar de ruïne, " +
			"de zeeën en de knieën van Sint-Truiden.” Het was dé gelegenheid; de reünie duurde tot één uur. De patiënten aten crème brûlée en ragoût.",
	},
	{
		"Estonian", "windows-1252",
		"Sõbrad jõudsid õhtul külla, kui vihm üle läks. Vanaema küpsetas õunakooki ja rääkis, kuidas nad nooruses mööda jõge sõitsid. Hommikul " +
			"läksime metsa, korjasime mustikaid ja kuulasime lindude häält. Tööd jätkus kõigile, aga keegi ei väsinud ära.",
	},
	{
		"Danish", "windows-1252",
		"KØREPLAN FOR BÅDE OG FÆRGER\n" +
			"Om sommeren cyklede vi altid til stranden, når vejret tillod det. Mor smurte rugbrød med æg og rødbeder, og far fangede små rødspætter " +
			"fra molen. Vi børn løb rundt på de våde sten og råbte ad mågerne, indtil det blev mørkt, og så gik vi hjem og spiste jordbærgrød.",
	},
	{
		"English", "windows-1252",
		"“I don’t know,” she said – “it’s Zoë’s café, isn’t it?” He’d read the “résumé” twice; they weren’t impressed. “Naïve,” he’d say… " +
			"© 2003 – the children’s toys’ prices: £12 • £15 • £20 — that’s all we’ve got. “What’s more,” said O’Hara, “we’re closed on Sundays.”",
	},
}

// lengthOf is text up to the word that brings it to at least n characters above ASCII.
func lengthOf(text string, n int) string {
	for i, r := range text {
		if r >= utf8.RuneSelf {
			n--
		}
		if n <= 0 && (r == ' ' || r == '\n') {
			return text[:i]
		}
	}
	return text
}

// startsOf are the places in text where something is cut from: each word.
func startsOf(text string) []int {
	starts := []int{0}
	for i := range len(text) {
		if text[i] == ' ' || text[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// detects counts how many of the texts that begin at each word of text, with that many characters above ASCII, are
// decoded to what they were. Wrong are those taken for another encoding than windows-1252.
func detects(t *testing.T, encoding, text string, high int) (right, wrong, all int) {
	for _, start := range startsOf(text) {
		part := strings.ReplaceAll(lengthOf(text[start:], high), "\n", "</p>\n<p>")
		body := encode(t, encoding, "<html><body><h1>News 24</h1><p class=\"a\">"+part+"</p></body></html>")
		if highIn(body) < high {
			continue
		}
		all++
		name, _ := Detect(body, "text/html")
		switch {
		case bytes.Equal(Decode(name, body), Decode(encoding, body)):
			right++
		case name != windows1252Name:
			wrong++
		}
	}
	return right, wrong, all
}

// highIn counts the bytes above ASCII.
func highIn(b []byte) int {
	n := 0
	for _, c := range b {
		if c >= utf8.RuneSelf {
			n++
		}
	}
	return n
}

// detectable is the least share of texts, in percent, that must be right, and the most that may be wrong.
func detectable(encoding string, high int) (right, wrong int) {
	switch encoding {
	case windows1252Name:
		return 100, 0
	case "windows-1254", "windows-1250", "iso-8859-2":
		switch {
		case high < 16: // Hungarian has few letters that tell
			return 15, 15
		case high < 32:
			return 45, 5
		}
		return 95, 5
	case "windows-1257":
		return 0, 0
	case "x-mac-cyrillic": // takes capitals to tell it from windows-1251
		return 0, 100
	}
	switch {
	case high < 16:
		return 85, 12
	case high < 32:
		return 95, 2
	}
	return 100, 0
}

// TestDetectLetters cuts texts of all lengths out of the sentences. What is of windows-1252 must never be taken for
// anything else.
func TestDetectLetters(t *testing.T) {
	for _, s := range sentences {
		for _, encoding := range strings.Fields(s.encodings) {
			for _, high := range []int{8, 16, 32, 64, 128} {
				right, wrong, all := detects(t, encoding, s.text, high)
				minRight, maxWrong := detectable(encoding, high)
				if right*100 < all*minRight || wrong*100 > all*maxWrong {
					t.Errorf("%s in %s, %d bytes above ASCII: %d of %d right, %d wrong", s.language, encoding, high, right, all, wrong)
				}
			}
		}
	}
}

// TestDetectWhole sees the whole texts in markup, in capitals and repeated.
func TestDetectWhole(t *testing.T) {
	for _, s := range sentences {
		for _, text := range []string{page(s.text), strings.ToUpper(s.text), page(strings.Repeat(s.text+"\n", 20))} {
			for _, encoding := range strings.Fields(s.encodings) {
				enc := encodingOf(encoding).NewEncoder()
				body, err := enc.Bytes([]byte(text))
				if err != nil { // not all languages have their capitals in all encodings
					continue
				}
				name, _ := Detect(body, "text/html")
				if !bytes.Equal(Decode(name, body), Decode(encoding, body)) {
					t.Errorf("%s in %s taken for %s: %.60q", s.language, encoding, name, text)
				}
			}
		}
	}
}

// TestDetectBrief sees abbreviations, names and figures, as headlines and lists of wares have them.
func TestDetectBrief(t *testing.T) {
	for _, c := range []struct{ encoding, text string }{
		{"windows-1251", "СКА – ЦСКА 3:2 (1:0). «Спартак» – «Динамо»; 2 мая, 19:00"},
		{"windows-1251", "Asus P5B, процессор Intel Core 2 Duo E6300, память 1 Гб DDR2, жёсткий диск 250 Гб SATA, кулер"},
		{"windows-1251", "гл. бухг., зам. дир., тел., факс, ул. Садовая, д. 5, кв. 7"},
		{"koi8-r", "МОСКВА. ВВП РФ вырос на 7%"},
		{"windows-1253", "ΝΕΑ ΠΡΟΪΟΝΤΑ – ΠΡΟΣΦΟΡΕΣ – 'Άνοιξη 2004' – ΩΡΑΡΙΟ"},
		{"windows-1254", "Ağır iş makineleri – dişli, yağ, fırça, ampul – İletişim"},
		{"windows-1252", "Año niño señor España mañana baño pequeño compañía"},
		{"windows-1252", "Þú ert ágæt, það er gott að þið ýttuð þessu"},
		{"windows-1252", "À É È Ê Ë Î Ï Ô Ù Û Ç à é è ê ë î ï ô ù û ç"},
	} {
		name, _ := Detect(encode(t, c.encoding, c.text), "")
		if name != c.encoding {
			t.Errorf("%s taken for %s: %s", c.encoding, name, c.text)
		}
	}
}

// TestDetectNoText sees bytes that are no text of any language.
func TestDetectNoText(t *testing.T) {
	broken := []byte(strings.Repeat("\u043d\u043e\u0432\u043e\u0441\u0442\u0438 ", 40))
	for i := 3; i < len(broken); i += 5 {
		broken[i] = '?'
	}
	every := make([]byte, 128)
	for i := range every {
		every[i] = byte(utf8.RuneSelf + i)
	}
	for name, body := range map[string][]byte{
		"broken UTF-8":  broken,
		"every byte":    every,
		"bullets":       bytes.Repeat([]byte("\x95\x95\x95 item "), 30),
		"no-break":      bytes.Repeat([]byte("price\xA0\xA0\xA0\xA0\xA0\xA03 "), 30),
		"rules":         bytes.Repeat([]byte("\x97\x97\x97\x97\x97\x97\x97\x97 "), 30),
		"units":         bytes.Repeat([]byte("25 m\xB3, 30 m\xB2, \xA312 \xB1 5 \xB5m, 20 \xB0C; "), 30),
		"one letter":    bytes.Repeat([]byte("\xFC"), 500),
		"foreign names": bytes.Repeat([]byte("f\xFCr Bruy\xE8re und \xC5ngstr\xF6m, sagt Fran\xE7ois; "), 30),
		"a character set": []byte("\xC0 \xC1 \xC2 \xC3 \xC4 \xC5 \xC6 \xC7 \xC8 \xC9 \xCA \xCB \xCC \xCD \xCE \xCF \xD0 \xD1 \xD2 \xD3 " +
			"\xE0 \xE1 \xE2 \xE3 \xE4 \xE5 \xE6 \xE7 \xE8 \xE9 \xEA \xEB \xEC \xED \xEE \xEF \xF0 \xF1 \xF2 \xF3"),
	} {
		if got, source := Detect(body, ""); got != windows1252Name || source != Default {
			t.Errorf("%s: taken for %s", name, got)
		}
	}
}
