package charset

// Made by lettergen.go. A row is the first letter of the pair, a column the second, the gap between words before all
// letters. From 'a', never, each letter on is twice as usual: 'p' is one pair in two.

// westernPairs: the languages of windows-1252, and what Czech, Slovak and Hungarian have in common with them.
const (
	westernLetters = "abcdefghijklmnopqrstuvwxyzàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿßœšž¿¡ªº«»’“”„–…°·\u00a0"
	westernPairs   = "" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaalkfemmkiolmkalfgkaekaakjekakfkaaajjhgdgnmnlmkgjeea" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaeaacaamcfagakijljafaacdagadaaaeahiaaaaegjegaaeaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaafiaahhiadhaiaiaaaahjaahgaiaeiaaaadaaaaaffadfaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaagjdaaaakhiihakaaaahjhaaaahaaaaaadaaaaaafgcdgaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaafkcchhhahlikficaaachfaghajdggaaaaefaaaaghjegaacaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaekaaiaekaghmagaljiagaahdahaaafaiagiaaaaijjghaagaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaackacjihaekaealaafaagaamlabamaaaaaaaaaaadgcdgaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaeicaiiiafjfjaiaahaciaahiahalaeaaadaaaaafggdfaabaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaadkcajjjehkhlajbaaaaigaijajafhaaaacdaaaafhadeaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaakiagjaakijdnahadmkinadhalkadaeafaihaaaadfccfaaeaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaahjaakaiaagalajaaaaalaaikajafaaaaagaaaaaadacaaabaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaakaamfiaakakaiaaaaaheakjahahiaaaagdaaacdggdfaabaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaagkeeljlghknjakaaaafkcakkaiakkhaaageaaaaghjegaadaia" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaikdelkjaikhkajaaaajjhajiaiaigeaaaddaaaaffgdfaadaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaglhmkjijglimamaaaafjfaijjkailaaaehdaaaghhkegaahfaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaccaadcagfbaiadfgkjaaaacagaeaaaahahkaaaaegadfaaeaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaahiaakljkfkfmajaaaagihgehajaceaaaadaaaaafgaefaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaajaaaaaaaaaaaaaaagaaaaaaaaaaaaaabcaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaklgkkklhjmhlakbakaijifjkakakiaaaaggaaaaghhegaaeaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaekakljkafkalhlaaaagjahjjakdiiaaaaaaaaaahiifgaaeaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaamlhimikajlhnajbaaagkfgklaiakjeaaagaaaaahiighaadaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaejadaafihjhdajajjalaaabeaaacaeaiahkaaaadefeeaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaakkaemilaejehakaaaaajfagaagagkaaaaheaaaaaaaccaadaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaacaajaaaebaaaaaaaaaaaagaaaahaaaaaaaaaaadeabdaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaadagaaaaaiaaagaaaagdafaaaaaaaaaaaaaaaaafgbdeaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaahaahaahagaaagaagaadaajaafaeaaaaagiaaaaffaeeaacaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaadkdegaaaajdjajaaaaaiaciaagaicaaaagaaaaadeacbaaaaaa" +
		"macjdaficabakhiafgighgdahaaaaaaaaaaeaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"lhjjjehihmkklklahhkmkhkajakaeaaaaaaaaaaafaagaaaaaaaaaaaaeaaagfaaaaaaaaaaaaaaa" +
		"baahaaadaaaacihaaaaabaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"haaaaeaaaaaaaaanaaacaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"nechhigkjkiilkmjhemlkhjaglgaaaamaaaaaaaaaaaaaaaaacaaaaaaaagaaaaaaaaaaadaaaaaa" +
		"nbjajiejaeahjgkajakjkahaaaaaaaaaeaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"fagghaiiaffjkgladamkkakaaaaaaaaaaaaaaaaaaaajaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"ikaafifaaiaeaaajaaacagaaaaacdamaaaaaaaaaaaaaacaakaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"oacfgadgaeabhijadhjiiafagaaaaaaaaaaaaaaeaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"mliljmkjjmhjjklgkhllkfjagagaaaaaaaaalaaaaaaaaaaaaaaaaaaaaaaabdaaaaaaabaaaaaaa" +
		"iaafaoaaafaaahjaaajhlaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"oaaafahifkfglkkahannjaiahaiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"haaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaeaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"njljkfghiadklkkmhcjllflaiahafaaaaacaaaaaaaaiaagaaaaaaaaaaaaahgaaaaacadaaacaaa" +
		"eaadaaaaaaaafaiaaaaagaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"hadafaahaaaaailaadghjfaacabaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"mkgaaahhhkfhihgaaajjemkaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"akaaaiaaafaaaaajaaaaaaaaaaaaaaaaaaaaaaaahaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"laafiadeaaaahchahaigcaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaeaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"mfhejcfkfkgjjhndhakiiaiagagaaaaaaaaacaaaaaalaajaaaaabaaagaaaaaaaaaadaabaadaaa" +
		"badahaaaaaaaiahacadgiafaaadaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaadhaaaaaaaaaaaaaaa" +
		"aaaaalaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"jfgijcijhghjjhjeiankjakaaijaaaagaaaaaaaaaaahaaaaahaaaaaaaajaaaaaaaaaaaaaaaaaa" +
		"gajaihakaakkjiiagamijajaakaaaaaaaaaaaaaaaaakaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"laaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"likihghgekhfijiagaikiagaeafaaaaaaaaaaaaaeaaaaaaaaaaaaaaaaaaafcaaaaaaaaaaaaaaa" +
		"daaaaaaaaaaaaaaaaadaeaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"gakkiijjkfbhlhhchamkkacaaagaaaaaaaagaaaadaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"lahjeaaaaahdgiiagahiiafaaafaaaaaaaaaaaaaaaakaaaaaaaaaaaaaaaahdaaaaaaaaaaaaaaa" +
		"fheaajaaaahaaaaaaaeaaagaafaagaaaaaaaaaaafaaaaaaaaeaahaaiaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"haeaakacagadfaaaaaadfaaaaadaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaafaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"hhaaajaadiahfaeggaaejedaaaaaaaaaaaaaaaaajaaaaaaaaaaaaaaaaaaaeaaaaaaaaaaaaaaaa" +
		"iigehjaaakaidajeaaaeegaaaaaaiaaaaaaaaaaaiaaaaaaaaaaaaaaaaaaaeaaaaaaaaaaaaaaaa" +
		"dedceebadbaaccccafdddaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaccaaaaaaaaaaaaa" +
		"daaabcaaaaaadadaaadcaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabaaaaaaaaaaaaa" +
		"daaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"haaaaacaaaaadaaaaaacaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"mgfhhghigheegggfhdhihgeffadaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaadaaaaaaaaa" +
		"ngfggffgfgdfgggfgafhgfefeddaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaeaaa" +
		"niacajaaiiaaccchaaajahaaadacaaaaaaacibaaaaaaaaaaaaaagaaaaaaaaaaaaacaaaaaaaaaa" +
		"kfeefeffeeadffgdeafgffeddaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaadaaa" +
		"mfffffeeffddgffefbgggeefdbcaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"keddfeeeeecdeefdfaefeecddadaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"gaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaadaaaa" +
		"jaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaacaaaaaaaaa" +
		"gaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"eaaaaaaaaaaaiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
)

// turkishPairs: Turkish.
const (
	turkishLetters = "abcdefghijklmnopqrstuvwxyzçğıİöşüâîû"
	turkishPairs   = "" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaakbgjkiiaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaajjacakeaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaabgfiahaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaajbaagaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaalghajaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaakkaaajaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaahaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaahdjajaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaafcaaecaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaliaaakaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaadacaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaeajefbhaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaafalfaajcaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaajeabiaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaadalecbiaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaadiaaaiaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaafaiaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaialeahjaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaadalegajaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaafakeeajaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaagiaaaiaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaadaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaajbhaiaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaajgaagaaa" +
		"jjgaakaaakaaggchaadaegaaaaacajegagaaa" +
		"ghaaejaaakaaigbcaahaaiaaaaaaajcaafaaa" +
		"madihahaaaakljlafaljhaaaajjfiaaakaaaa" +
		"gabbbafadaaggggafaegeaaaadggcaaahaaaa" +
		"baaaaaahaaafidjadajidadaafiafaaadaaaa" +
		"kjcadhaaajahkiaaaaafkhhaaadcajaaafaaa" +
		"jabfdaaaaaaiijjaeajihafaahighaaahaaaa" +
		"caaaaaaaaaaacaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
)

// centralPairs: Polish, Czech, Slovak, Hungarian, Romanian, Croatian and Slovene.
const (
	centralLetters = "abcdefghijklmnopqrstuvwxyzáâăäąćčçďđéęëěíîĺľłńňóôőöŕřśşšßťţúůűüýźžż"
	centralPairs   = "" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaajajaajlaefkeaahmagiedgefhajjglaecibehdhji" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaeacaakladjaaaaaaagkifbaaaahhejakfaaadafkj" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaiahafagaaafhahhaaakaagageacaafaaagdaaiaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaackmagaaaaagdaajeaaaaafaaaaaaaaaadefaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaajekagagaaaieaiiaggkadhfidafeagaaagfcefihi" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaiaaaaklaglfaaaggakijheaaaafkglahfdaaaagkk" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaakhjaaaaaaagcaadcaaaaafadeaaaaaaaabaehaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaiekagacaaaifaaeaaajaaiaggaaaaeaaadbebaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaahfdaaadaaagdaahadhaaadaafaaaabaaafcacgaca" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaahaaajjlacgclaahcaaghbiaaaafghlakdgaadaaih" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaiaaakafaaagiaajaaaaadcaafaajakaaajfcbaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaakccagacaaakhaahaahiaajhakaddafaaaghchiadf" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaakfkagahaaakgaajaaaaafjajhaaaagaaafgahfaia" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaakgkhdfeaaajcajiaaabaaihagadbagaaafhhbfada" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaalekajajaaalhajmaaaaaaecgfaaaaiaafiedglaea" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaabaaaainabiaaaaaaaijidaaaaailakaaaaaaaaall" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaggkfcgeaaaifagjadahacifadalaafaafegabcaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaakhlafdjaadihaajdaaaaakdhhaaadkaachifihala" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaajdlaiaaaaajcaajcadjaaiahfaaaaaajakeeedaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaalimahaeacaljaijagagackcijaiaagaaahhhfiaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaahaiaallaeaaaaaaaagigeaaaaabfajaddaaaaackk" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaakgjhaaeaaajaaiiaaeaagdegdahaahaaagfegkaea" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaahaaaaaahaaaaaajaahaaaaacaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaagaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaahaaaakfaaagaaagaaaieabafdackagaiafageaaif" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaakfmaiahaaajiaaiaaehaaiajiadaaiacagfeibaaa" +
		"lfijjafihdkhljkahakmkgjaaakaaaaaaeaaaaaaafaaeaaaaaaaaiaagaaaaaaaaafa" +
		"dacaaaaaaeaaghkaaaiaiaaaaacaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"oaagfaagafaahgeafaljkiaaaaeacdaaaaaaaaaaaaaaaaaaaaaaaaacaaacaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaagaaaaafaaaaaagaaaaaaaaaaaaaaaaaaaaaaaagaaaaaaaaa" +
		"kaaljaahaaaaaaaahaaehaadaaiaaaaahaaaaaaaaaaaacaaaaaaaabaaaaaaaaaagaf" +
		"mkaaalaaakaaaaiaaaacaiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"kmedemaaamjkiblhdajeijhaaaahaaaaaaaaaaaaajaaaaaaaaaaaaaagaaacfaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"gfaaaaaaaaaaaaadaaaaccaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"ajaaakaaaiaaaaaaaaaaajaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"lbgggacjjdfjjjkajalljajaaagaaaaaadaaacaaaaaaaaaaaaaaaaaaaaaaaaaaaada" +
		"lafjkaafaaahaaaajaaeiaaaaaiaaaaafaaaaaaaaaaaadaaaaaaaagaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"jaafgaaafagfhejaeahdhaaaaahaaaaaacadaaaaaaaaaaaaaaaaahaadafaaaaaaafa" +
		"macjhaaehadjiiiahajjlajaaahaaaaaahaaaaaaaaaabaaaaaaaahaahafaaaaaaaga" +
		"eaaaaaaaaeaafhmaaadadaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aadaaaaaaaaaaaaagaaaaaaaaaaaaaaaaaaaaaaaaaaaaaadaaaaaaaaaaaaaaaaaaga" +
		"hjiaaaaaaaaiadhhaaafdfdaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaahaaaaaaa" +
		"jkcffhadaaahabilbaaeekaaaiaaaaakaaaaaajaaaaaaaaaiaaaaaaaaaaaaaaaaaaa" +
		"jaajaaaaaaaaaaaaaaajaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"hfaaaaaaaaafaaagaaaabgaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"kehhjcegfggiiegdfajghaglaagaaaaaeaaaacaaaaaaaiaabaaaaaaaaaaabaaaagah" +
		"aadaiaaaaaaaeaaacadfcafaaadaaaaaaaaaaaaaaaaaaaaaaaaaaaaacaaaaaaaaaha" +
		"kdgagfgdfefhhdgdeahhhbgaaageaaaaaaaaacaaabaaaaaaaaadaaaaaaaaaaaaaaaa" +
		"aagdfaafaaagigiaaajihajaaajaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"hhaaakaaajagaadeaaaabdaaaaaiaaaaaaaaaaaaakaaaaaaaaaaaaaaaaaaafaaaaaa" +
		"gaalaaaaaaaakehaeaiaaaajaaaaaaaakaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaadaaaiaaaacaaaaagfaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"hkaealaadlflhajfgaddlffaaaaaaaaaglaaaaaaaiaaaaaaaaaaaaaaeaeaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"liaaaaaaaaaaaaafaaaaacaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"ccaaadaaahaaaaaaaaaaaaaaaaaaadaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"jbkihaagdaheheeafahhhafaaafaaaaaaiaaaaaaaaaaaaaaaaaaaaaafahaaaaaaaca" +
		"kaebaaaacacaefaaaadgaafaaadaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaha" +
		"habcadaaacehdcdaaaffdagaaafaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"facaadahabbhkaeabahefacaaagaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"lahjdaaaaabdghcagaghhaeaaaeaaaaaabaaaaaaaaaaaaaaaaaaaaaagaaaaaaaaada" +
		"icaabaaaaaaacagcbahaaaagaaaaaaaagaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"ilgehlaaalhigaleaaaeehaaaaahaaaaaaaceaaaaiaacaadaaaaaaaadaaaaaaaaaaa" +
		"jiaehkaaaeaihakgaacfaeaaakaaaaaiaaaaaabaaaaaaaaacaaaaaaaaaaaaaaaaaaa"
)

// balticPairs: Lithuanian, Latvian and Estonian.
const (
	balticLetters = "abcdefghijklmnopqrstuvwxyzāąäčēęėģīįķļņõöŗšųūüž"
	balticPairs   = "" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaagdjhgddehlegdkaaleclk" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaahaahaaaaeaajhjaalaaai" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaigaaiiiaiaaaaaaaahjaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaagaaahaeahaaaaaaaaafaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaigaaiejakgaaeaaachdek" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaeaaiaaagagdihaaakaaei" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaadaaadaaaaaaaaaeaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaiiaaeagaadacaaaaihhad" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaadafagaaagaaaafaaaeaga" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaafhajdadgaagfjeaalkhae" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaajilafeeaahaaaeaaaigaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaakikecaiadfajajfajifja" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaajiiakhkajiaadkeadihje" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaakjlakgkagaaaaieafjeff" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaakhkiiikaiiaaahaafjdhe" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaagaaadaafeeaaajaaag" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaakfkdjciahfadaigaffeha" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaalhggjfjajhgaageaiihig" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaijiejehaieaaajeaahfla" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaljkakgkakiahhjkaikike" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaagaahaaaaaaafaaaahaaak" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaajgmakeiagaaaameaahdea" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaeaaaaaaaaaaaagaaac" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaagaaajafakaaagaaaefaaa" +
		"lfhjkafgafkjjjiagaklkdhaaagaaaaaaaaaaaffaaaiaaad" +
		"laaaaaaaaahafaaaaaihaaaaaaaaaaaaaaaaaaaaaaaaaaae" +
		"aahagiaejlaalahfgamkiaeaaaaaalaaaaaaaaaaaaaaaaaa" +
		"afaaagaaalaaaaacaaaaafaaacaaaaaaadaaaaaaaaaaaaaa" +
		"jaahgaajaakfkjhagakhlaeaaaeaaaaaaagaacgcaaaiaaaa" +
		"jaaaaaaaaaaaaaaaaaahaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"laaaeaaeaajgjigagajlkaeaaacaaadaaaaaaaaaaaadaaah" +
		"aeaaaeaaahaaaaaaaaaaadaaaaaaaaagaaaaaaaaaaaaaaaa" +
		"iakhjaajaaiiekhagaghlaiaaaeaaadaaaaaaaacaaahaaaa" +
		"laaahaagaaihceaafajhhaiaaaaaaaaaaaaaaaaaaaaaaaad" +
		"agaaagaaaiaaaaaaaaaaaeaaaaaaaaagaaaeaaaaaaaaaaaa" +
		"fjaaaaaaagacaaagaaaaaiaaaaafaaadaaaaaaafaaagajaa" +
		"aiaaaiaaafaaaaahaaaaaiaaaaagaaafaaaaaeaaaaagaaaa" +
		"aaaaahaeimgaiglakakgliaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"iaaahaaaaggffafaaahaieaaaaaaaaaaaaaaaaaaakaaaaaa" +
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"jlaahidaakhjgieigaiikijaaiahgahhagaigiaaaaafggaa" +
		"maaaaaaaaafaaaaaaaafaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
		"eaadjaaaaaaheehaaajijaeaaafaaaaaaaaaaaaaaaaeaaaa" +
		"gahafafglaajkliajahkaaaaaaaaaaaaaaaaaaaaaaaaaaka" +
		"ghgahiaaakagaffhgahegghaajafaaaaadehcaaaaaadaaaa"
)
