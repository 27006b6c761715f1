# Персональные предложения: правило начисления, которое действует для некоторых участников, на кассе, в телефоне и в настройке.
offers = Предложения
offers-for-you = Персональные предложения
offer-held = { $name } по { $date }
offer-uses-left = { $count ->
    [one] ещё { $count } раз
    [few] ещё { $count } раза
   *[other] ещё { $count } раз
 }
offer-counts-here = учтено в чеке
offers-of = Предложения: { $programme }
offers-words = Правило с отметкой «только для тех, кому предложено» само по себе не действует ни для кого. Предложение говорит, для кого и когда оно действует. Подходящих участников программа ищет каждый час.
offers-need-rule = Сначала добавьте правило начисления и отметьте, что оно действует только для тех, кому предложено.
offers-empty = Предложений пока нет. Начните с тех, кто не приходил месяц.
offer-add = Добавить предложение
offer-new-of = Новое предложение: { $programme }
offer-one = Предложение: { $name }
offer-holds = действует
offer-coming = начнётся позже
offer-over = завершено
offer-stopped = остановлено
offer-without-rule = правила больше нет
offer-stop = Остановить
offer-resume = Возобновить
offer-uptake = Результаты
offer-dates = { $from } – { $through }
offer-uses-of-each = { $count ->
    [one] { $count } раз для участника
    [few] { $count } раза для участника
   *[other] { $count } раз для участника
 }
offer-meant-for = Кому: { $whom }
offer-for-everybody = всем участникам
offer-from-tier = от уровня «{ $tier }»
offer-through-tier = до уровня «{ $tier }»
offer-away-least = { $days ->
    [one] последняя покупка не меньше { $days } дня назад
   *[other] последняя покупка не меньше { $days } дней назад
 }
offer-away-most = { $days ->
    [one] последняя покупка не больше { $days } дня назад
   *[other] последняя покупка не больше { $days } дней назад
 }
offer-in-days = { $days ->
    [one] за последний { $days } день
    [few] за последние { $days } дня
   *[other] за последние { $days } дней
 }
offer-spent-least = потратил не меньше { $sum } { $days }
offer-spent-most = потратил не больше { $sum } { $days }
offer-spent-between = потратил от { $min } до { $max } { $days }
offer-has-bought = покупал { $goods } { $days }
offer-has-not-bought = не покупал { $goods } { $days }
offer-birthday-within = { $days ->
    [0] день рождения сегодня
    [one] день рождения в ближайший { $days } день
    [few] день рождения в ближайшие { $days } дня
   *[other] день рождения в ближайшие { $days } дней
 }
offer-joined-within = { $days ->
    [0] вступил сегодня
    [one] вступил не больше { $days } дня назад
   *[other] вступил не больше { $days } дней назад
 }
offer-points-least = { $count ->
    [one] есть не меньше { $count } балла
   *[other] есть не меньше { $count } баллов
 }
offer-name-hint = Его видят участники и кассиры. Коротко: «Чай ×2».
offer-rule = Правило
offer-rule-hint = Потом не меняется: другое правило — другое предложение.
offer-from = С
offer-through = По
offer-through-hint = Последний день действия; не дольше года.
offer-uses = На сколько покупок участника действует
offer-uses-hint = Пусто: без ограничения.
offer-held-out = Сколько из ста остаются без предложения
offer-held-out-hint = По жребию, чтобы было видно, что меняет предложение: от 0 до 50. Потом не меняется.
offer-share-stays = Без предложения, для сравнения: { $percent } из 100
offer-for-whom = Кому
offer-away-min = Последняя покупка не меньше стольких дней назад
offer-away-hint = Пустое не проверяется; всё заполненное должно выполняться.
offer-away-max = Последняя покупка не больше стольких дней назад
offer-spent-min = Потратил не меньше
offer-spent-max = Потратил не больше
offer-spent-days = … за столько последних дней
offer-bought = Что покупал
offer-bought-any = не важно
offer-bought-some = покупал что-то из этих товаров
offer-bought-none = не покупал ничего из этих товаров
offer-bought-days = … за столько последних дней
offer-tier-from = От уровня
offer-tier-through = До уровня
offer-any-tier = любой
offer-birthday = День рождения в ближайшие столько дней
offer-birthday-hint = 0: в самый день рождения; не больше 60.
offer-joined = Вступил не больше стольких дней назад
offer-points-min = Баллов не меньше
offer-agreed-words = Давность покупок, суммы и товары — это выводы о привычках человека: такое предложение получают только те, кто на это согласился.
offer-count = Скольким подходит сейчас?
offer-fits-now = Сейчас подходит { $fit } из { $members } участников.
offer-about-held-out = { $count ->
    [one] Примерно { $count } из них останется без него, для сравнения.
   *[other] Примерно { $count } из них останутся без него, для сравнения.
 }
offer-not-agreed = { $count ->
    [one] Ещё { $count } подошёл бы, но не согласился на выводы о привычках.
   *[other] Ещё { $count } подошли бы, но не согласились на выводы о привычках.
 }
offer-looked-at = { $count ->
    [one] Подсчитано по { $count } участнику, взятому равномерно.
   *[other] Подсчитано по { $count } участникам, взятым равномерно.
 }
offer-bad-days = Целое число дней, не больше 366
offer-bad-order = Наибольшее меньше наименьшего
offer-bad-sum = Укажите сумму: не меньше или не больше
offer-bad-goods = Назовите товары или категории, каждую один раз
offer-bad-birthday = От 0 до 60 дней
offer-bad-uses = От 1 до 1000 или пусто
offer-bad-share = От 0 до 50
offer-too-long = Предложение действует не дольше года
offer-no-rule = Выберите правило, которое действует только для тех, кому предложено
offer-no-tier = Такого уровня нет
offer-other = Правило и доля тех, кто остаётся без предложения, не меняются. Добавьте другое предложение.
offer-as-before = Ничего не изменилось.
offer-changed-meanwhile = Кто-то тем временем изменил это предложение. Сохраните ещё раз, чтобы записать своё поверх.
offer-rule-taken = В часть этих дней правило занято другим предложением: нельзя было бы понять, что дало каждое
offer-too-many = Незавершённых предложений уже 50. Сначала остановите одно.
offer-uptake-of = Результаты: { $name }
offer-nobody-yet = Пока ни у кого нет. Подходящих участников программа ищет каждый час.
offer-offered = Получили
offer-offered-means = Участники, которым оно подошло и досталось.
offer-shown = Увидели
offer-shown-means = Узнаны на кассе, пока оно у них действовало.
offer-users = Воспользовались
offer-users-means = Участники с покупкой, в которой оно учтено.
offer-users-share = Отклик
offer-users-share-means = Доля воспользовавшихся среди получивших.
offer-used = Покупки
offer-used-means = В которых оно учтено, без полностью возвращённых.
offer-points-given = Начислено баллов
offer-points-given-means = Только по предложению, за вычетом снятых при возврате.
offer-cost = Стоимость
offer-cost-means = Сколько можно оплатить этими баллами.
offer-money = Сумма этих покупок
offer-money-means = За вычетом возвратов. Это не то, что принесло предложение: см. ниже.
offer-compared = Что оно изменило
offer-group = Участники
offer-group-offered = С предложением
offer-group-held-out = Без него, по жребию
offer-group-members = Сколько
offer-group-purchases = Покупки
offer-group-per-hundred = Покупок на сто участников
offer-group-money = Сумма
offer-group-money-of-one = Сумма на участника
offer-too-few = { $count ->
    [one] Слишком мало данных: в каждой группе нужен { $count } участник.
    [few] Слишком мало данных: в каждой группе нужно { $count } участника.
   *[other] Слишком мало данных: в каждой группе нужно { $count } участников.
 }
offer-within-chance = Группы различаются не больше, чем случайно.
offer-more = Сто участников с предложением сделали на { $number } покупок больше.
offer-less = Сто участников с предложением сделали на { $number } покупок меньше.
offer-compared-words = Каждый участник считается со дня жребия, воспользовался он предложением или нет. Разница засчитывается, когда она больше двух стандартных ошибок: случайно так бывает один раз из двадцати.
