//! Common names, the more frequent first, and pieces of rare ones; separated by commas.

/// Surnames of Russian men; those of women follow from them.
pub(super) const RUSSIAN_SURNAMES: &str = "Иванов,Смирнов,Кузнецов,Попов,Васильев,Петров,Соколов,Михайлов,Новиков,Фёдоров,Морозов,Волков,\
    Алексеев,Лебедев,Семёнов,Егоров,Павлов,Козлов,Степанов,Николаев,Орлов,Андреев,Макаров,Никитин,\
    Захаров,Зайцев,Соловьёв,Борисов,Яковлев,Григорьев,Романов,Воробьёв,Сергеев,Кузьмин,Фролов,\
    Александров,Дмитриев,Королёв,Гусев,Киселёв,Ильин,Максимов,Поляков,Сорокин,Виноградов,Ковалёв,Белов,\
    Медведев,Антонов,Тарасов,Жуков,Баранов,Филиппов,Комаров,Давыдов,Беляев,Герасимов,Богданов,Осипов,\
    Сидоров,Матвеев,Титов,Марков,Миронов,Крылов,Куликов,Карпов,Власов,Мельников,Денисов,Гаврилов,\
    Тихонов,Казаков,Афанасьев,Данилов,Савельев,Тимофеев,Фомин,Чернов,Абрамов,Мартынов,Ефимов,Федотов,\
    Щербаков,Назаров,Калинин,Исаев,Чернышёв,Быков,Маслов,Родионов,Коновалов,Лазарев,Воронин,Климов,\
    Филатов,Пономарёв,Голубев,Кудрявцев,Прохоров,Наумов,Потапов,Журавлёв,Овчинников,Трофимов,Леонов,\
    Соболев,Ермаков,Колесников,Гончаров,Емельянов,Никифоров,Грачёв,Котов,Гришин,Ефремов,Архипов,Громов,\
    Кириллов,Малышев,Панов,Моисеев,Румянцев,Акимов,Кондратьев,Бирюков,Горбунов,Анисимов,Ерёмин,\
    Тихомиров,Галкин,Лукьянов,Михеев,Скворцов,Юдин,Белоусов,Нестеров,Симонов,Прокофьев,Харитонов,Князев,\
    Цветков,Левин,Митрофанов,Воронов,Аксёнов,Софронов,Мальцев,Логинов,Горшков,Савин,Краснов,Майоров,\
    Демидов,Елисеев,Рыбаков,Сафонов,Плотников,Демин,Хохлов,Фадеев,Молчанов,Игнатов,Литвинов,Ершов,\
    Ушаков,Дементьев,Рябов,Мухин,Калашников,Леонтьев,Лобанов,Кузин,Корнилов,Евдокимов,Бородин,Платонов,\
    Некрасов,Балашов,Бобров,Жданов,Блинов,Игнатьев,Коротков,Муравьёв,Крюков,Беляков,Богомолов,Дроздов,\
    Лавров,Зуев,Петухов,Ларин,Никулин,Серов,Терентьев,Зотов,Устинов,Фокин,Самойлов,Константинов,Сахаров,\
    Шишкин,Самсонов,Черкасов,Чистяков,Носов,Спиридонов,Карасёв,Авдеев,Воронцов,Зверев,Владимиров,\
    Селезнёв,Нечаев,Кудряшов,Седов,Фирсов,Андрианов,Панфилов,Головин,Терехов,Ульянов,Шестаков,Агеев,\
    Никонов,Селиванов,Баженов,Гордеев,Кожевников,Пахомов,Зимин,Костин,Широков,Филимонов,Ларионов,\
    Овсянников,Сазонов,Суворов,Нефёдов,Корнеев,Любимов,Львов,Горбачёв,Копылов,Лукин,Токарев,Кулешов,\
    Шилов,Большаков,Панкратов,Родин,Шаповалов,Покровский,Бочаров,Никольский,Маркин,Горелов,Агафонов,\
    Берёзин,Ермолаев,Зубков,Куприянов,Трифонов,Масленников,Круглов,Третьяков,Колосов,Рожков,Артамонов,\
    Шмелёв,Лаптев,Лапшин,Достоевский,Шевченко,Коваленко,Бондаренко,Ткаченко,Кравченко,Черных,Седых,\
    Хабибуллин,Цой,Ким,Юсупов,Гайдар,Чайковский,Щукин,Хрущёв,Мацуев,Жаров,Эфрос,Ющенко";

pub(super) const RUSSIAN_BEGINNINGS: &str = "Бара,Бело,Бере,Боро,Буза,Вере,Воло,Вяче,Гала,Голо,Гори,Гуля,Дара,Доро,Дуби,Ели,Жере,Живо,Зага,Зимо,\
    Золо,Ива,Каза,Кара,Кобы,Коло,Кри,Куды,Лаза,Лихо,Лопа,Мали,Мере,Мозга,Мыша,Нага,Неча,Обо,Орло,Пара,\
    Пере,Пого,Пуга,Рази,Рого,Руды,Сала,Севе,Скоро,Смо,Стре,Суха,Тара,Толо,Тур,Уша,Фила,Хари,Холо,Царе,\
    Чере,Чугу,Шала,Шере,Щеко,Юра,Яго,Ясе";

pub(super) const RUSSIAN_MIDDLES: &str = "б,бан,бар,ваш,вен,вод,гар,гин,год,дар,ден,дон,ж,жан,зан,зор,кал,кат,кин,кол,кур,лад,лан,лен,лиц,лот,\
    маз,ман,мет,мир,н,нич,нос,пал,пин,пот,рад,рен,род,руч,сад,сен,син,т,тал,тин,тор,хан,хол,цар,чен,чин,\
    шен,шин,щен,щик,юк,як";

pub(super) const RUSSIAN_ENDINGS: &str = "ов,ин,ев,овский,енко,ников,инский,ук,цев,ян,ых,ец,идзе,швили";

/// Given names; patronymics are made of those of men.
pub(super) const RUSSIAN_MEN: &str = "Александр,Сергей,Дмитрий,Андрей,Алексей,Максим,Евгений,Иван,Михаил,Артём,Владимир,Николай,Никита,\
    Юрий,Павел,Роман,Илья,Денис,Егор,Антон,Олег,Кирилл,Игорь,Константин,Виктор,Даниил,Вячеслав,\
    Владислав,Анатолий,Виталий,Матвей,Тимофей,Вадим,Руслан,Станислав,Валерий,Пётр,Фёдор,Георгий,Степан,\
    Семён,Ярослав,Тимур,Арсений,Борис,Григорий,Марк,Лев,Глеб,Геннадий,Леонид,Василий,Эдуард,Ринат,Марат,\
    Давид,Захар,Святослав,Валентин,Филипп,Ростислав,Айдар,Эльдар,Герман,Яков,Богдан,Савелий,Родион,\
    Макар,Всеволод,Мирон,Платон,Назар,Тихон,Ефим,Игнат,Прохор,Аркадий,Юлиан";

pub(super) const RUSSIAN_WOMEN: &str = "Елена,Анна,Ольга,Наталья,Екатерина,Татьяна,Ирина,Мария,Светлана,Анастасия,Юлия,Марина,Дарья,Ксения,\
    Виктория,Людмила,Александра,Полина,Евгения,Галина,Елизавета,Валентина,Алина,Надежда,Вера,Любовь,\
    Оксана,Кристина,Софья,Алёна,Лариса,Диана,Валерия,Варвара,Нина,Вероника,Яна,Маргарита,Инна,Тамара,\
    Жанна,Ангелина,Алла,Лилия,Карина,Василиса,Арина,Эльвира,Регина,Олеся,Лидия,Антонина,Раиса,Зоя,\
    Снежана,Альбина,Гульнара,Камила,Элина,Ульяна,Эвелина,Милана,Злата,Майя,Ева,Кира,Таисия,Наталия,\
    София,Инга,Эмма,Рената,Лейла,Агата,Серафима,Пелагея,Глафира,Аксинья";

/// Surnames as they occur in an English-speaking city.
pub(super) const ENGLISH_SURNAMES: &str = "Smith,Jones,Taylor,Brown,Williams,Wilson,Johnson,Davies,Patel,Robinson,Wright,Thompson,Evans,Walker,\
    White,Roberts,Green,Hall,Thomas,Clarke,Jackson,Wood,Harris,Edwards,Turner,Martin,Cooper,Hill,Ward,\
    Hughes,Moore,Clark,King,Harrison,Lewis,Baker,Lee,Allen,Morris,Khan,Scott,Watson,Davis,Parker,James,\
    Bennett,Young,Phillips,Richardson,Mitchell,Bailey,Carter,Cook,Singh,Shaw,Bell,Collins,Morgan,Kelly,\
    Begum,Miller,Cox,Hussain,Marshall,Simpson,Price,Anderson,Adams,Wilkinson,Foster,Ali,Murray,Ellis,\
    Ahmed,Chapman,Mills,Webb,Richards,Gray,Stevens,Palmer,Lloyd,Holmes,Rogers,Mason,Hunt,Powell,Knight,\
    Matthews,Campbell,Barker,Russell,Butler,Owen,Jenkins,Fisher,Stewart,Dixon,Barnes,Graham,Hunter,\
    Reynolds,Ford,Pearce,Harvey,Kennedy,Fletcher,Andrews,Elliott,Burton,Ryan,Day,West,Saunders,Fox,\
    Lawrence,Murphy,Brooks,Newman,Spencer,Griffiths,Stone,O'Neil,O'Brien,O'Connor,McDonald,McCarthy,\
    MacLeod,Fitzgerald,Walsh,Byrne,Doyle,Gallagher,Quinn,Carroll,Nolan,Dunne,Alexander,Sutherland,\
    Ferguson,Cameron,Grant,Reid,Ross,Hamilton,Wallace,Sinclair,Nguyen,Garcia,Rodriguez,Martinez,\
    Hernandez,Lopez,Gonzalez,Perez,Sanchez,Ramirez,Torres,Flores,Rivera,Müller,Schmidt,Schneider,Weber,\
    Wagner,Schröder,Kowalski,Nowak,Wójcik,Novák,Horváth,Björk,Ångström,Jørgensen,Østergaard,Dubois,\
    Lefèvre,François,Rossi,Esposito,De Luca,Van Dyke,Van der Berg,Papadopoulos,Yılmaz,Cohen,Levy,Katz";

pub(super) const ENGLISH_BEGINNINGS: &str = "Ab,Al,Ash,Bar,Beck,Ber,Black,Blan,Bram,Brent,Bright,Brock,Brom,Bur,Cal,Car,Chad,Char,Chess,Chil,\
    Clay,Clif,Col,Cor,Cran,Crom,Dal,Den,Dun,Ea,Ed,Elm,Fair,Far,Fen,Gar,Glad,Glen,Gold,Graf,Green,Hal,\
    Har,Haw,Heath,Hol,Hux,Kes,Kil,Kirk,Lang,Lin,Lud,Mal,Mar,Mel,Nor,Oak,Os,Pem,Pen,Rad,Red,Rock,Rush,\
    Sal,Sand,Shel,Stan,Strat,Tar,Thorn,Tre,Wal,War,Wen,Whit,Win,Wood,Yar";

pub(super) const ENGLISH_MIDDLES: &str = ",a,ber,bing,bur,cas,chel,den,der,ding,e,er,ing,ken,ker,king,lan,ley,lin,ling,man,mer,ming,nes,ning,\
    o,ring,sen,ser,shing,sing,ster,tan,ter,ting,ver,wen,wick,y";

pub(super) const ENGLISH_ENDINGS: &str = "ton,ley,ford,well,worth,wood,field,ham,by,brook,shaw,land,more,stone,bridge,combe,croft,den,gate,\
    hurst,low,mere,ridge,sby,sett,side,stead,thorpe,wick,yard";

pub(super) const ENGLISH_GIVEN: &str = "Oliver,Olivia,James,Emma,David,Sarah,John,Emily,Michael,Jessica,Thomas,Charlotte,William,Sophie,\
    Daniel,Laura,Jack,Lucy,Matthew,Amelia,Robert,Hannah,Christopher,Rebecca,Andrew,Rachel,Joseph,Chloe,\
    George,Grace,Paul,Victoria,Richard,Elizabeth,Mark,Julia,Samuel,Alice,Alexander,Katherine,Benjamin,\
    Natalie,Stephen,Helen,Peter,Samantha,Harry,Ella,Charles,Megan,Joshua,Jennifer,Edward,Nicola,Ryan,\
    Amy,Luke,Claire,Adam,Lauren,Henry,Mia,Simon,Anna,Anthony,Eleanor,Jacob,Zoe,Philip,Abigail,Nathan,\
    Holly,Kevin,Molly,Ethan,Isabella,Patrick,Freya,Martin,Poppy,Liam,Ruby,Sean,Evie,Max,Daisy,Leo,Isla,\
    Oscar,Phoebe,Theodore,Florence,Arthur,Rose,Noah,Maria,Muhammad,Fatima,Mohammed,Aisha,Jean-Luc,\
    Anne-Marie,Xavier,Xenia,Yusuf,Zara,Seán,Zoë,José,Chloé,Vincent,Margaret,Dominic,Beatrice,Gabriel,\
    Penelope,Sebastian,Harriet,Hugo,Matilda";

pub(super) const CHINESE_COMPOUND_SURNAMES: &str =
    "欧阳,司马,上官,诸葛,司徒,皇甫,慕容,尉迟,令狐,长孙,夏侯,东方";

pub(super) const MAILBOXES: &str = "anna,box,hello,info,ivan,li,mail,me,post,sport,wang,yoga";

pub(super) const DOMAINS: &str = "club,mail,office,post,salon,work";

/// Single characters.
pub(super) const CHINESE_SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许韩邓冯曹彭曾萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢\
    姚沈钟姜崔谭陆汪范石廖贾韦夏付方白邹孟熊秦邱江尹薛闫段雷侯龙史黎贺顾毛郝龚邵万覃武钱戴严莫孔向常汤康\
    易乔赖文单查解仇翟朴盖区冼逄宁牟柏缪谌车尉";

/// Single characters.
pub(super) const CHINESE_GIVEN: &str = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文红玉兰辉建国志雪梅春燕玲鑫宇浩欣怡梓涵子轩雨泽博思\
    远嘉俊晓小婷佳慧颖琳倩洁莹萍云飞鹏龙虎海波江河山川林森树木花草凤鸣玥瑶琪琦瑞祥福禄寿喜安宁康健乐天行\
    自德才学业成功名利胜凯旋振兴中东方旗光荣耀祖家昌盛世昊昱晨曦旭阳月星辰彤丹青墨白素心若水如意吉庆有余\
    诗词歌赋琴棋书画礼仪廉孝忠信义毅恒久长夏秋冬晴岚霖露霜冰凌寒梦溪清泉润泓渊源淼洲沐沛沁洛淇亚萌蕾蓉芸\
    芷茜菲菁菊莉莎莲薇蕊岩峰岭峻嵩巍坤培城基均垒坚堂增埔一二三千万亿元亨贞乾震巽坎离艮兑宏宗定宜宝宣宾寅\
    密富宸容宽守官宛尧尔尚展岳州巧左巨帆师希帅常幸年广廷延弘张弛彦彪彬彭征律徐得循微忆念怀恩恬悦悠惠慈慕\
    战扬承抒拓捷掌摇攀放政斌斐斯新施昀易昕映昭晋晖晗智暄曙曜朗望朋朔本权杉材杏杨松极果枫柏柔柯柳栋桐桥梁\
    棠楚楠榆槐欢歆正武毓民汉池沙治泰洪淑淳深渝温渤湘湛溢滔滢漪潇潮澄澜瀚灵灿炎炜炫烁烨焕煜照熙爱爽牧特独\
    献玄玮珂珊珍珏珠珺球理琛琨琼瑄瑛瑜瑾璇璐璞璟生甜田男畅畴百皓盈益相真知石砚硕祎祯禹秉科积程稳立章童竹\
    笑筠策简管粲精纪纯练绍维绮绿缘罡美群羽翔翠翰老聪肃育胤能腾臻舒舟航良艺艾芝芮芯苏苑苗茂范茗茵茹荷菡萱\
    葆葳蓓蓝蔚蕙薰虹融衡裕西观言许诚语谊谦谨谷豪贝贤贵贺赐越跃路达迅迎迪逸道遥邦郁采里金钊钧铁铎铭银锋锐\
    锦镇闻阔隆雄雅雯霄霏霓靖韦韬韵音韶顺颂领颜风飒馨驰骁骏高魁鲁鲲鸿鹤麒麟麦黎齐";
