package charset

// Made by lettergen.go. A row is the first letter of the pair, a column the second, the gap between words before all
// letters. From 'a', never, each letter on is twice as usual: 'p' is one pair in two.

// cyrillicPairs: Russian, Ukrainian, Belarusian, Bulgarian, Macedonian and Serbian.
const (
	cyrillicLetters = "абвгдежзийклмнопрстуфхцчшщъыьэюяёєіїґўђјљњћџѓќѕ"
	cyrillicPairs   = "" +
		"ajikikifjkejhjljkjkijighhhgabahdhehidaibicdfcdfa" +
		"mgijijigieijjjkgijjkefgjiggaaacfiehfdaifiejeddca" +
		"giafachachaghefhahdahbeebafghadafaagaaaaecaaaaaa" +
		"jkcedhjfcjahhehjfigfhafbgcchjbeagbaiaaaaehaaaaaa" +
		"hicecefaagaagefibicdhaaagaabbagaaaagaaaaaaaaaaaa" +
		"hjffegihihahighifigggbcbedahgdgaedahaaaabdfaaaaa" +
		"lgghhifhhghjiikgijijgeehghgaaaacfcccbbegfhhgaeea" +
		"fhccahiaahadfaheaabagaaacaabgagaabadaaaaaabaaaaa" +
		"hjgieghaahafghihhfeggafafeacfgbafbagaaaaaaaaaaaa" +
		"kfgighidjhijiiihhijjffhhhhfaaaagjaaaaaacidfeaaaa" +
		"jaddcecabaafiegeadggaaadcdaaaaaaaaaaaaaaaaaaaaaa" +
		"ikbgaaicaiabhbgjbhhhiadgacfgbadbaaajaaaaagaaaaaa" +
		"hjfddciggjagdbijaafehcabfaafgjdhieajaaaaaaaaaaaa" +
		"jjggabjaaiaffffifdebhaaadaadhafahcaiaaaaacaaaaaa" +
		"ilceghkcekagebjjcahihfdfefadjhfgjeciaaaaaeaaaaaa" +
		"kdijijhiighijiifijjkceehhgeaaabggacdgaieigcdaaaa" +
		"gkccaaiaahagfbejekfehacgfeahfbdadaaiaaaaadaaaaaa" +
		"ikegffkhfjafdggjdfggidfddgagjciegbaiaaacbacaaaaa" +
		"iiegcdidaiaiifhiiegkhcfhdeaifhecicahaaaabaaaaaaa" +
		"jkchdejaakageehkeiiehbdbeaagijiceaahaaaabdaaaaaa" +
		"kfhjghhffcehghhdhghhbeefhfgaaaegbagdcabahacgaaaa" +
		"eiaaacfaagaaebagaeaffdaaaaaababaaaagaaaaaaaaaaaa" +
		"igaeaaeaafaabbehafbeeaaaaaaaaacaaaagaaaaaaaaaaaa" +
		"fiaeacgabiafaaaecebaeaaiaaabhjfefdaiaaaaaaaaaaaa" +
		"gidfaaicaiagdagfaeaffaabaaabhbhaaeafaaaaaaaaaaaa" +
		"fhaeaagaahahedgecfbhfaabhaaahaeaacaeaaaaaaefaaaa" +
		"fgaaaahaagaaaachaaaadaaaaaaaacaaadaaaaaaaaaaaaaa" +
		"aacgcgfdgaafhgeffighaacadagaaaaabaaaaaaaaaaaaaaa" +
		"jcggefhbgaihhihaghhgbghhffaaaaadicafaafaaaaaaaaa" +
		"jaeddedahaahdfigdaheabafaeaaaaaeeccbaaaaaaaaaaaa" +
		"gcfeefbedagghgibcghhaccdfeaaaaaabaaaaacaaaaaaaaa" +
		"hacfacabaaabaacaacffaaafgagaaaacaaeaaaaaaaaaaaaa" +
		"kaeggggeeachgfhafgeiaaffegeaaaaeeadaaagaaaaaaaaa" +
		"daaebcaaaabcbdfaaddfaaaaaaaaaaaaaaaaaaeaaaaaaaaa" +
		"iaabaeaaaaaeaedaaccgaaaaaaaaaaadaaaacaaaaaaaaaaa" +
		"kgfifjdfgagiigiedhigbdehgfdaaaafhdeehadaaaaaaaaa" +
		"haabaaaaaaaaaabaaaabaacaaaaaaaaaaaaabaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"ibchcgaeeaaggahaecggaaacbbaaaaaaaaaaaaaaaaaaaaaa" +
		"afaaaagaadaaaaadaaaafaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"hjaeafjaagaeddeebcefhaabbaaaaaaaaaaaaaaaaadacaaa" +
		"chaaaagaafagaaeaaaaagaacaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aiaaaajaafaaaaadaaaafaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"efaaaahaagaaaadbaaaaeaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"acaaaadaadaaaaabaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"adaaaaaaaaaaaaaaaaaafaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"acaaaagaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
)

// greekPairs: Greek.
const (
	greekLetters = "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ’"
	greekPairs   = "" +
		"akhijkeihfjhjieikgkakhgidfgihdhddaaaaa" +
		"kafhhceagjiiijebijiijghfaaaaagadadaaaa" +
		"afaaaeadaeaeaaagafaaaaaaaagdcdbaaaaaaa" +
		"ahafagaeaigfggchaiaaabafafeghgdceaaaaa" +
		"agaaajagaiaaaaaiafaaahaaaebfdgdedaaaaa" +
		"jbdhgacafjhhgjgeiihhihffcfeaajagaaaaaa" +
		"adaaagacadaaaaafaaaaaaaaaabaeceabaaaaa" +
		"kaafdaaafageiibaagijgacdcaaaaaaaaaaaaa" +
		"ahaaahagacaagaagadaaagaaadcgfbefdaaaaa" +
		"jjefghefgajhhgdhegjggadgcegefafafaaaaa" +
		"fjaaeiafafegaaaibgaahgccafhghfhefaaaaa" +
		"ehbcaiahbgahgaaiaaaacfcaaegghgfegaaaaa" +
		"cjfaajahahaaheaihaaaaagabcgihghaeaaaaa" +
		"kjadgiahehbaabajaafaieaaahgggggdeaaaaa" +
		"aeaaafafaeaaaaaeaaaaedaaacccaaddaaaaaa" +
		"kcfhgfafgighiiadiihigkffaaabehciaaaaaa" +
		"diaaaiafaiahabajaiaafaaaaggfeghadaaaaa" +
		"djdhbhahdjdbgdcjadbaffeiaghhghgegaaaaa" +
		"egeadiajehgchaafeafakigfafebdgegbaaaaa" +
		"laaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"djaaajdjaiaedaakahdabhaaahhgighgeaaaaa" +
		"jeagdbaafcdfhidbihhghadgdacbdacaaaaaaa" +
		"ahaaaeaddfabaaagadaaccaaaegegdeccaaaaa" +
		"cfaaaiadcfaaadagahaacbaaafcdffecfaaaaa" +
		"aaaaaeagaaaaaaadaaaaaaaaaaaaaaaaaaaaaa" +
		"gaaeeaaacaacfiaadghfgaabaaaaaaaaaaaaaa" +
		"iadfgafafbfhfhebdggegaeecaaaaaaaaaaaaa" +
		"bfbhcacafafgeifeffghgadgbbaaaaaaaaaaaa" +
		"jaacdaaaeagegecabghhgacdfaaaaaaaaaaaaa" +
		"hicegfggdaeefibieehegabeafaaaaaaaaaaaa" +
		"iacffabadaefghaafgfhhaafcaaaaaaaaaaaaa" +
		"haacadaafabefgcefgfdeacadaaaaaaaaaaaaa" +
		"eaaadaaadaaafhaabffddaaaaaaaaaaaaaaaaa" +
		"baaaaaaaaacaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
)

// hebrewPairs: Hebrew.
const (
	hebrewLetters = "אבגדהוזחטיךכלםמןנסעףפץצקרשת"
	hebrewPairs   = "" +
		"akjihlihihjdikglgjiiciehjikj" +
		"jbfffhifgfjcahggfhfabhaeehfi" +
		"igceghidhfiaeiagcgehadigghgg" +
		"ifeagfibadiaafedcfddaaaaaggf" +
		"ifbeeghbeaiafgefcdbgeiabehge" +
		"lhgghhhggehafgciagggagahhihi" +
		"jhjhififhgifgihiijhgfhfghjhk" +
		"ffccaggbaagadcbgaeaaaaaadfac" +
		"hdhcgfheaahaagdeccfaaccdegeg" +
		"hfedagiaechaafaeefcfagaaefcd" +
		"kihghijeghjegijihihfdhdgiiij" +
		"iaaaaaaaaaaaaaaaaaaaaaaaacaa" +
		"eefbggideahaagcefgdcbdaaaggh" +
		"kigffjidfgjeffdhdgefagafgegh" +
		"kaaacaaaaafaabaaabaaaaaaaaca" +
		"ghffiijfhgihggaffhiiagaghhih" +
		"kabaaadaaaeabaadaaaaadaabaac" +
		"fgfhhiiedgjdgddgffgfafccfefi" +
		"hfdeehiadgiddfciegdcdgacegah" +
		"iagcgfgdaghachffdeaaacafcheg" +
		"gaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"efdeegiadehbbfabffigaaadfhgh" +
		"iaeaaabaaaaaaaaaaaaaaaaaaaaa" +
		"fghgefhaabhaaecfabaeafdaafae" +
		"hfhaehjccfiaagcdggfadeafagfg" +
		"jgggfhjdfgjghecfdeffchbffdhi" +
		"iffhegibfdiadjghdgaeafaafhch" +
		"lggecfidhciagfcihfedcfaeigee"
)

// arabicPairs: Arabic and Persian.
const (
	arabicLetters = "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيپچژگکیـًٌٍَُِّْ"
	arabicPairs   = "" +
		"aahjajamkajeiijkfjhijifgdjijiijkkjiaikhcijjaaaaaaaaa" +
		"haaaaaaaaeaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaacaaaaadebddbdaaaaadcaaeefacacaaaaaeaaaaaaaaa" +
		"gaaaaaaaeacedeffbgehdddadgbfeeffgbgagaaaaaeaaaaacaaa" +
		"aaaaaaaaaaaeaabaacaafaaaaaaadacaaababaaaaaaaaaaaaaaa" +
		"aaaaaaaafacccbefhddeddeecfceabgdfaaaeaaaaaaaaaaaaaaa" +
		"daaaaaaaadaacaacacaaadacaaaacaegddeafaaaaaeaaaaaaaaa" +
		"khaaaahaiejefhhifkjjhgffehfiggmjkhfbggbdehkaeaaaaaaa" +
		"iaaccbajdffdcfdgajgfdbdgaiadfggegigaiaaadfhcaaadabca" +
		"laaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"kaaeeaaihcfdfhhfciegfheffhfggfggihidhaaaefiaaaacdaec" +
		"gaaaaaafedbaaaaaafaaaaaaaaaadaebfadadaaaaabaaaaaaaca" +
		"haaaaaahfgdaaaagcggeaaaaafccaagheggafaaaaafaaaaaabba" +
		"iaaaaaahehgegaahegeedecbaaaeecffahgafaaaaaeaaaaaaaba" +
		"eaaaaaahbcgaaaahcfecegchaaafaagcaghafaaaaagaaaaaaadc" +
		"kcaeaadjahcegafgajageaaaafaedbehijhchaaaefiadaadacfa" +
		"faaaaaaiafbaeaeaaeaaaaaaaaaeaccaagbafaaaaafaaaaaabga" +
		"kaadcaejgigagefjacfhgfheadegggdghhjeicfaggjabaaacbec" +
		"icaaaachfdaaadaeagaaeaaaaaaaaadgggeagaaaddiaaaaaabba" +
		"haaaaaaigfjaeeecagaaaaagaeafeehifggahdaaadhaaaaaadeb" +
		"iaaaaacifehadcgiagabaaadadffbfgggfhagaaaehhaaaaaabea" +
		"haaaaaagcfaaafafagaaadaaaadhcagdffidgaaaaagaaaaabcec" +
		"haaaaaaffeaaaaaaadaaaaaaaefcaaccadcafaaaaadaaaaaacba" +
		"iaagaabhhfaaadaaagaaaaadaeaceafabegdgaaaaadaaaaaaada" +
		"eaaaaaafabaaaaaaafaaaaaaaaaaaadbagaacaaaaafaaaaaaaaa" +
		"iaaaaaaheihecaahghaacaddaaabcdihhffagaaaadgaaaaabada" +
		"faaaaaagdfaaaaaaeedaaaaeaaaaaafbbafbiaaaaagaaaaaaada" +
		"jaacaaahaghaahadghfegdfagfaagcgadffajaaaabgacaaaaadc" +
		"iaaaaaahfgeaaaagagbcgfcgagaecagedegehaaaaafacaaabada" +
		"haaaaaahfggdabacagagcaabacaaaagfgagagaaaaaadaaaaaada" +
		"jadiahbjihieghhgfgfhghdhcifihhikhgihiaaaddifbaacabea" +
		"jaaafaajfihehhggagfigffffhdghhifiiibibaaegiabaacfaea" +
		"kaaaaaajfghagddjadegihaefcefgedieiiehbcaifjabaaabada" +
		"laaaaaajaeeaaaaehfcdeaaaaaadaaeghehdeaaaaahaaaaabcaa" +
		"icccaaejgbgdggaieifghgffcgdghehhjfdehedcefjaaaaacbea" +
		"iaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"jcaaaadifjgeghchdifhdfefcffghghihfgafaaaaaaacaabeaha" +
		"gaaaaaahaaaaaabafiafgaaaaaaaaacafefaaaaafaiaaaaaaaaa" +
		"faaaaaagaaaaaaaaadafcaaaaaaaaaadeceaafaaaeeaaaaaaaaa" +
		"aaaaaaacaaaaaaaaaaaaaaaaaaaaaaaaaeaaaaaaeacaaaaaaaaa" +
		"haaaaaahaaaaaaaaghhefaaaaaadaaeafegaaaaaaagaaaaaaaaa" +
		"iaaaaaaiaageaaaeaidheaaaaaaaaagfhhfaaaaaaagaaaaaaaaa" +
		"ldaaaaajgahagdeiajfhifacaccfeahgjggaadfegiiaaaaaaaaa" +
		"faaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"eaaaaaafaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"caaaaaabbacaaaabaaaaabaaaaadbaaaacaaaaaaaaaaaaaaaaaa" +
		"daaaaaaaaaaabdccacadacabbdabbacbcabaaaaaaaaaaaaaaaaa" +
		"caaaaaaacaaaaaadacaaaaaaacadaaddbaaaaaaaaaaaaaaaaaaa" +
		"eaaaaaaechdabeafagaaaeacaeadccfddcdbeaaaaacaaaacadaa" +
		"baaaaaaaaaaacaaaacaaaaaaaaaabadbaaaaaaaaaaaaaaaaaaaa"
)

// thaiPairs: Thai.
const (
	thaiLetters = "กขฃคฅฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรฤลฦวศษสหฬอฮฯะัาำิีึืฺุูเแโใไๅๆ็่้๊๋์ํ"
	thaiPairs   = "" +
		"aihaiaadgdhhabaaaaaaghfhcgggedhehhfhagafdaihaifaaaaaaaaaaaajihgjaaaaaaaaa" +
		"ifgaeaadfaefaabdaaabdhcgadcefabbcddiehafcegeafaadhjhhfbaaeehfeefaafffaaea" +
		"daaaaaaaaaaaaaaabaagaeaaafabaaaaacffaaaeaacaaiaaaeeaageaaaababbbaabeiaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"fdaaeaabaaeaaaaaaaaaadaaaebaaabaadbhagahaacaagaabffgffaeagdebdbbaaaheaada" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabaaaaa" +
		"jhgagaadfbedaaaaaaaaegegaeeecahadgdhaeaeaaggagaacagacaacaaahgffgaeabaaaaa" +
		"gfaabaaeeacaaaaaaaaacdadaeeaaaaaaaadabacaaebaeaahgggefaaafcdcabcaaeaeaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaadaaaeaaaaaacaaaaaaaaaaacaaadaaaaaaaaaaaaaaaaaaa" +
		"ebcaaaaaaabaaaaaaaaaacaaagabaaaaabacadadaacaaeaaaeeaffahaebdacacaacghaada" +
		"ecaabaabaaaaaaaaaaaabdabafbbaaaaadabaeabaaeaagaabfgaggeaadeeadaaaaedfaaea" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"cbaaaaaabaaaaeaaaaaaaaaaaaabaaaaaaaaadaaaaaeaaaaaafaacaaaaaadaaaaaadaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaadaaaaaaaaabaaaaaaaaaa" +
		"ccaacaaaaaabaaaaaaaaaaaaabceaabbacaaabaaaadaaeaaaaeaabaaaaaecdacaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"fbaaaaaacaaaaaaaabaaadaaaaaaaaaacbagaaaaaaeaabaagafaadaaaaacaaabaaaaaaafa" +
		"ifhaeaageabcaaaaaaaaefcfaedeaahbddfgafafaafeagaabggefgbbacfhfdffadabiaafa" +
		"gfcabaacaabcaaaaaaaaadafaeacbaabadehaeacaadcafaafihfhfacafffdeddaaehhaaha" +
		"ccaabaaadaaaaaaaaaaacdabaaecaaaaacbcadacaadbaeaaaefacaebaagfdbdaaaaeeaaaa" +
		"cabadaaaaaaaaaaaaaaadaaadecaaaaaaccgababdaaaagaadgfggjeaadbdbaaaaaeeeaafa" +
		"eacaaaaaaaaaaaaaaaaaabaaaaaaaaaaaaacaaaaaaaaadaaaagaeeaaaaabaaaaaaaaaaaea" +
		"jggafaacebffaaaaaaaahheheeeddafbcegfaeagdaggagcaffhdhhefafehhgegadaggaafa" +
		"hgfafaaddcddaaaaaaaaefceafhedacbbcbhaeaeaafdagaabhgagfaaagfggfdfaabeaaaaa" +
		"ffcaaaaabaabaaadaaaacdacadadaaaagaehahaaaacbaeaabgfaheaaaecefbbeaagaeaada" +
		"aaaaaaaaaaaaaaaaaaaaaaaaabaaaaaaaabaaeaaaafaaaaaaaaahaaaabfaaaaaaaafaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaadaaaaaaaaaaaaabbaaaaaaaaaaaaaaaaadaaaa" +
		"ffcacaabcaeaaaaaaaaaaddcccgaaaaaacegbhabaabaafaaaefahcagacddbabbaaaaaaaha" +
		"dcaaaaaaaaadaaaaaaaaadaaaaaaaaabaaaeagaaaabaaeaaacdaebaaabbfbbabaaaaiaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaciaaaaaaabaaaaaaaaaaaaaa" +
		"iefaeaabfaecaaaaaaacggcfdgfedahaeedgaeadaageagaaefiafidhadhgeeefaabjdaaaa" +
		"iheagaafcafaaaaaaaaafebfahedaaaaaebeaeafaaedafaaeghaecdeafhfeeeeaaageaaga" +
		"ggdadaaefacbaaaadaahffhfaffeaadacgfgadafbcffahaaiiiahibiaghhgeeeaagegaaja" +
		"aaaaaaaaaaaaaaaaaaaaabaaaaaaaaaaaaaaaaaaaeaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"geeaaaagdabdaaaaaaaafeaeaffccaabcdedafaeaafaagaaghiehhahafggddadaafggaafa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"hffadaaffacbaaaaaaabdfadaheaaabaachfafaaaaecagaadgiagfaaaaagedceaacggaada" +
		"eaaaaaaaaaaaaaaaaaaaaaacaacaaaaaaaadaaaaacdaaaaaaaaabaaaaadcaaaaaaaaaaaaa" +
		"eaaaaaaaaaaaaabaaaadaaacaaaaaababaaeaeaaaaabacaaaahaaaaaaaaabaabaaaaaaaaa" +
		"gedacaadaaadaaaaaaaaggfcbebcdaaabgcgafaeaadeafaaegihfgadafffdeadaaagcaafa" +
		"abaaaaaaaaaaadaaaaaaaeaaaiaaaacacheiahaeaaaaaaaaaggaaaaaabaaaaaaaabbgaaea" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabaaaaaaaaaaaaaaaaaaaa" +
		"hifagaajeaddabaaaaaaffcfchhehbdeahhiagadaagfahcaehhehfcdafeggfdgaaegeaaaa" +
		"aaaaaaaaaabaaaaaaaaaabaaaaaaaaaaacabaaabaacaacaaaefaddaaaaacacaaaaabaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"gfdacaacdaebaaaaaaaagedfaegeaadbbeedaeafaaefafbaaaaaaaaaaaahfeeeaaaaaaaaa" +
		"ahaacaaieaebagaahabbhgabaiibaafdafdaafaiaagaaaaaaaaaaaaaaaaaaaaaaaaghcaaa" +
		"ihfafaaifafeaaaacaafigdfhiffaahcajikagagdhgfcfdagaaaaaaaaaahffeeaaaaaaaaa" +
		"fdaadaafaaaaaaaaaaaaedacafcbaacaabadagaaaafhabaaaaaaaaaaaaagfacfaaaaaaaaa" +
		"fhcacaagdaedabaaaaaajfaeehgeaacdbhfgagagcafdabaaaaaaaaaaaaagdeaaaaagfaaca" +
		"igeafaaacaedaaaaaaaaedbeafeeaabcafjfafadaaecafaaaaaaaaaaaaagefedaaajgaaaa" +
		"afaaaaafaaaaaaaaaaaaaaaaadbaaaaaacaaabaaaaaaaaaaaaaaaaaaaaaaaaaaaaafeaaaa" +
		"aaaaaaaaaaaaaaaaaaaabaaaaebaaaaaaaaaaaaaaaaaaiaaaaaaaaaaaaaaaaaaaaajfaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"eebafaadbadcaeaaaaaggeadaeeeaacaaedeaeacaadbaaaaaaaaaaaaaaaeccabaaagaaaaa" +
		"fhaabaaebabcabaaaaaadcabafehaaaaadafahacaacbabaaaaaaaaaaaaafcdabaaahfaaaa" +
		"aigahaadgehhaaaaaaaahhagbhgicdgeaheiahaheafgaheaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"agaafaaafabdaaaaaaaadgefafhfdafiaedcahaeaagfagdaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"agaafaaabaaeaaaaaaaagfaeaffgaaffaedfaeadaacfafdaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaadaiaaaaaaaaadeaaahbaaaaaaaaaaaaaaabgaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"adeacaaaaaadaaaaaaaaiebeacehaaceajacadafaaacafcaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"faaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"afaabaabgaaaaaaaaaaaaeaaahfaaaaaaeaaaaaaaaaaagaaaaaaaaaaaaaaaaacaaaaaaaaa" +
		"hfdafaahgadbaaaaaaaadfffahddbagbahggaeahaaidajaaaajdaaaaaaagfcghaaaaaaaaa" +
		"ifeadaahfacaaaaaaaaadfceahbdcacaaidfacahbaedajaaaaieaaaaaaafecfgaaaaaaaaa" +
		"acaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"jfeacaaaeadeaaaaaaaaffbgafeedacfbeceafacaafeaeaaaaaaaaaaaaahgfefaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
)
