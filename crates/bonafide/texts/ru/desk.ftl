# Что показывает стойка.
search = Поиск
search-hint = Имя, телефон, карта …
search-too-short = Введите хотя бы две буквы или четыре цифры.
search-nobody = Никто не найден. Попробуйте фамилию, последние цифры телефона или приложите карту.
search-found = Найденные клиенты
desk-branch = Филиал
desk-go = Показать
desk-lost = Нет связи. Страница показывает последнее известное и обновится сама.
desk-live = Сейчас
desk-live-empty = Пока никто не приходил. Проходы появятся здесь сразу.
desk-needs-you = Нужны вы
desk-needs-empty = Ничего не ждёт вашего решения.
desk-corrections = { $count ->
    [one] { $count } правка баллов ждёт второго сотрудника
    [few] { $count } правки баллов ждут второго сотрудника
   *[other] { $count } правок баллов ждут второго сотрудника
}
desk-inside = Сейчас внутри
desk-people = Людей
desk-no-zones = Зон пока нет.
zone = Зона
desk-unknown = Неизвестный
desk-somebody = Впущенный вручную
desk-trial = проба
desk-admit = Впустить …
desk-admit-now = Впустить сейчас
desk-nothing-yet = Филиалов пока нет: сначала создайте филиал, зону и дверь.
admit-reason = Почему
admit-known = Знаем в лицо
admit-paid = Оплатил или обещал
admit-guest = Гость
admit-service = Поставщик или мастер
admit-emergency = Экстренный случай
admit-reader-fault = Сбой считывателя
admit-other = Другое (напишите что)
note = Примечание
settle-spoken = Поговорили
settle-document = Документ проверен
settle-card-taken = Карта изъята
settle-dismissed = Отклонить
state-admitted = впущен
state-by-hand = впущен вручную
state-left = вышел
state-not-passed = не прошёл
state-refused = отказ
state-second-factor = нужно ещё подтверждение
need-refused = Отказано
need-lost-card = Приложили потерянную карту
need-second-factor = Попросили ещё подтверждение, но его не показали
need-look = Стоит взглянуть
need-unattributed = Кто-то прошёл без разрешения
mark-tailgate = за ним прошёл ещё кто-то
card-active = действует
card-limited = ограничена
card-lost = потеряна
card-expired = истекла
card-blocked = заблокирована
keys = Клавиши
keys-search = перейти к поиску
keys-help = показать эти клавиши
close = Закрыть
new-member = Новый клиент
desk-back = Назад к стойке
desk-who-is-inside = Кто внутри
inside-nobody = В этих зонах никого
inside-since = с { $time }
inside-minutes = { $count ->
    [one] { $count } минута
    [few] { $count } минуты
   *[other] { $count } минут
 }
inside-locker = шкафчик { $name }
inside-more = { $count ->
    [one] Ещё { $count } человек
    [few] Ещё { $count } человека
   *[other] Ещё { $count } человек
 }
stay-end = Уже вышел
stay-left-unread = Вышел там, где нет считывателя
stay-another-person = По карте вошёл кто-то другой
stay-evacuation = Всех вывели
stay-over = Этого клиента в зоне уже нет.
stay-sent-already = Это уже отправляли с другими данными: проверьте, кто внутри сейчас.
trial-title = Пробный режим: в чём расходятся системы
trial-differences = Пробный режим: расхождения
trial-since = Пробный режим с { $when }.
trial-words = Bonafide решает, но ничего не открывает: двери пока открывает прежняя система.
trial-none = Расхождений пока нет.
trial-off = В этом филиале пробного режима нет. Его начинает управляющий в разделе «Настройка», у филиала или точки прохода.
trial-what = В чём расходятся
trial-times = Сколько раз
trial-newest = Сначала новые
trial-only-they = они впустили, мы бы отказали
trial-only-we = мы бы впустили, они отказали
trial-not-asked = они решили, нас не спросили
trial-not-told = нас спросили, они не сообщили
trial-our-reason = Наша причина: { $reason }
locker-of = Шкафчик { $name }
locker-opens = открывает шкафчик { $name }
locker-open = Открыть шкафчик
locker-open-words = После этого он свободен для всех. Записывается, кто его открыл и почему.
locker-credential-gone = Карта или браслет потеряны либо не работают
locker-closing = Клуб закрывается
locker-inspection = Нужно что-то проверить
locker-free = Этот шкафчик уже никем не занят.
locker-others = Этот шкафчик тем временем занял другой клиент. Обновите страницу.
locker-gone = Такого шкафчика здесь нет.
trial-same = { $count ->
    [one] Решили одинаково { $count } раз.
    [few] Решили одинаково { $count } раза.
   *[other] Решили одинаково { $count } раз.
 }
trial-list-send = Загрузить список прежней системы
trial-list-words = Файл CSV: по строке на событие, над столбцами — названия: время, дверь, карта или номер клиента, результат. Время — по часам этого филиала. Строка, загруженная дважды, считается один раз.
trial-list-file = Файл
trial-list-door = Строки без двери относятся к
trial-list-door-named = ни к какой: пропустить их
trial-list-go = Сравнить
trial-list-none = Сначала выберите файл.
trial-list-no-table = Файл не читается как таблица: сохраните его в формате CSV, не больше 5000 строк и 2 МиБ.
trial-list-no-columns = Названия столбцов не найдены. Нужны столбцы: время, результат и карта или номер клиента.
trial-list-noted = { $count ->
    [one] Сравнена { $count } строка.
    [few] Сравнены { $count } строки.
   *[other] Сравнено { $count } строк.
 }
trial-list-repeated = { $count ->
    [one] { $count } уже была.
    [few] { $count } уже были.
   *[other] { $count } уже были.
 }
trial-list-unknown = { $count ->
    [one] В { $count } карта или клиент здесь неизвестны.
   *[other] В { $count } карта или клиент здесь неизвестны.
 }
trial-list-not-compared = { $count ->
    [one] { $count } не сравнивается: кто-то вышел или это было до пробного режима.
   *[other] { $count } не сравниваются: кто-то вышел или это было до пробного режима.
 }
trial-list-left-out = Эти строки пропущены:
trial-list-more = { $count ->
    [one] и ещё { $count }
   *[other] и ещё { $count }
 }
trial-line = Строка { $number }:
trial-line-time = время непонятно.
trial-line-result = результат — ни «да», ни «нет».
trial-line-nobody = никто не назван.
trial-line-ahead = время ещё не наступило.
trial-line-door = двери с таким названием в этом филиале нет.
