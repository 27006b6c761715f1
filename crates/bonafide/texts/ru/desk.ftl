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
