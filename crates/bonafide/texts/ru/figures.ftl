# Во что обходится бонусная программа и что она приносит; ручная правка баллов.
figures-title = Показатели
figures-programme = Программа
figures-branch = Филиал
figures-all-branches = Все филиалы
figures-from = С
figures-to = По
figures-show = Показать
figures-last-days = { $days ->
    [one] За { $days } день
    [few] За { $days } дня
   *[other] За { $days } дней
 }
figures-no-programme = Бонусной программы пока нет. Сначала добавьте её, подключите к ней филиал и привяжите кассу.
figures-nothing-sold = За эти дни продаж по программе не было. Выберите другой период или сначала привяжите кассу.
figures-nothing-moved = За эти дни движения баллов не было.
figures-unknown = нет данных
figures-no-change = как в прошлом периоде
figures-more = ↑ на { $share } больше, чем в прошлом периоде
figures-less = ↓ на { $share } меньше, чем в прошлом периоде
figures-points-more = ↑ на { $share } п. п. выше прошлого периода
figures-points-less = ↓ на { $share } п. п. ниже прошлого периода
figures-owed = Обязательства программы
figures-owed-note = По программе в целом, какой бы филиал ни был выбран: баллы не принадлежат филиалу. На конец последнего дня; сутки считаются по часам первого филиала программы.
figures-liability = Долг перед участниками
figures-liability-means = Сколько можно оплатить всеми их баллами по нынешнему курсу балла.
figures-outstanding = Баллы на руках
figures-outstanding-means = Их можно потратить уже сейчас; вместе с теми, что удержаны на кассах.
figures-waiting = Баллы в ожидании
figures-waiting-means = Обещаны, но ещё не начислены: срок возврата товара не истёк.
figures-expired = Сгоревшие баллы
figures-expired-means = Сгорели за эти дни, в том числе из-за ухода участника.
figures-breakage = Доля сгоревших
figures-breakage-means = От всех баллов, выданных с начала программы по конец этих дней.
figures-soon-30 = Сгорят за 30 дней
figures-soon-60 = Сгорят за 60 дней
figures-soon-90 = Сгорят за 90 дней
figures-soon-means = Считая от сегодняшнего дня, если их не потратят.
figures-people = Участники
figures-people-note = Покупатели считаются по выбранному филиалу; повторная покупка может быть в любом.
figures-participants = Всего участников
figures-participants-means = Состоят в программе на конец этих дней.
figures-new = Новые участники
figures-new-means = Вступили за эти дни.
figures-active = Активные участники
figures-active-means = Купили хотя бы раз за эти дни.
figures-frequency = Чеков на участника
figures-frequency-means = В среднем на одного активного участника.
figures-again = Вернулись за 30 дней
figures-again-means = Доля дней с покупкой, после которых участник снова купил в течение 30 дней. Считаются только дни не позже чем 30 дней назад.
figures-receipts = Чеки
figures-receipts-note = Уплаченные деньги за вычетом возвратов. Оплата баллами деньгами не считается.
figures-receipts-members = Чеки участников
figures-receipts-members-means = Покупателя узнали.
figures-recognised = Доля узнанных
figures-recognised-means = Доля чеков, по которым покупателя узнали.
figures-average-with = Средний чек с программой
figures-average-with-means = У покупателей, которых узнали.
figures-average-without = Средний чек без неё
figures-average-without-means = У остальных покупателей.
figures-return = Отдача программы
figures-return-note = Чеки участников сравниваются с таким же числом чеков остальных покупателей в том же филиале за те же дни. Это разница, а не следствие: кто много покупает, тот и вступает раньше. О том, стали ли приходить чаще, она не говорит.
figures-return-min = Филиал, где у остальных покупателей меньше { $count } чеков, не сравнивается.
figures-left-out = { $count ->
    [one] Не вошёл { $count } филиал.
    [few] Не вошли { $count } филиала.
   *[other] Не вошло { $count } филиалов.
 }
figures-cost = Расходы
figures-cost-means = Оплачено баллами и скидки уровней, по всем выбранным филиалам.
figures-extra = Дополнительная выручка
figures-extra-means = Насколько чеки участников больше такого же числа чеков остальных.
figures-net = Выручка за вычетом расходов
figures-net-means = Ниже нуля: программа отдала больше, чем принесли эти чеки. Расходы только сравниваемых филиалов.
figures-by-way = Как узнали участников
figures-way = Способ
figures-way-face = По лицу
figures-way-code = Код на телефоне
figures-way-card = Карта или браслет
figures-way-phone = Номер телефона
figures-way-name = Поиск по имени
figures-way-nobody = Не узнали
figures-count-receipts = Чеков
figures-share-receipts = Доля
figures-average = Средний чек
figures-by-code = Движение баллов
figures-code = Основание
figures-code-earn = Начислено
figures-code-spend = Потрачено
figures-code-expire = Сгорело
figures-code-return = Возврат товара
figures-code-correct = Ручная правка
figures-code-gift = Подарки
figures-code-opening = Из прежней системы
figures-code-repay = Погашение долга
figures-code-move = Между объединёнными анкетами
figures-points-in = Участникам
figures-points-out = От участников
figures-compared = Повторные покупки и похожая группа
figures-compared-note = Что человек покупал до вступления, неизвестно, поэтому само вступление оценить нельзя. Оценивается то, что произошло с теми, кто уже в программе: за год до конца этих дней, но не позже чем 90 дней назад. Каждого сравнивают с участниками, с которыми этого не было, которые купили в тот же день и прежде приходили примерно так же часто. Считаются дни с покупкой, за которыми в течение 30 дней следовала ещё одна: за 60 дней до и за 60 дней начиная с этого дня. Жребия никто не бросал: это намёк, а не доказательство.
figures-since-face = Впервые узнали по лицу
figures-since-points = Впервые платили баллами
figures-compared-people = сравнивается, человек
figures-compared-unlike = без похожих, человек
figures-compared-count = { $count ->
    [one] Сравнивается { $count } человек.
    [few] Сравниваются { $count } человека.
   *[other] Сравнивается { $count } человек.
 }
figures-unlike-count = { $count ->
    [0] Похожие нашлись для всех.
    [one] Ещё для { $count } человека похожих не нашлось.
   *[other] Ещё для { $count } человек похожих не нашлось.
 }
figures-too-few = Слишком мало для вывода: нужно не меньше { $count } человек.
figures-who = Кто
figures-own = С кем это произошло
figures-like = Похожие на них
figures-before = До
figures-after = После
figures-own-before = с кем это произошло, до
figures-own-after = с кем это произошло, после
figures-like-before = похожие, до
figures-like-after = похожие, после
figures-effect = прибавили больше похожих
figures-effect-words = Прибавка против похожих: { $share }, в процентных пунктах.
figures-column-group = Раздел
figures-column-figure = Показатель
figures-column-unit = Единица
figures-column-value = Значение
figures-column-before = Прошлый период
correct-points = Начислить или списать баллы
correction-has = Можно потратить: { $points }.
correction-limit-of = Один сотрудник может править не больше { $points } баллов участника за сутки; больше — с подтверждением второго.
correction-what = Что сделать
correction-up = Начислить
correction-down = Списать
correction-points = Баллы
correction-reason = Причина
correction-reason-hint = Что случилось, в двух словах. Участник может запросить эту запись.
correction-no-programme = Клиент не состоит в бонусной программе. Вступить можно на кассе.
correction-bad-direction = Выберите: начислить или списать.
correction-bad-points = Введите целое число баллов, от 1.
correction-bad-reason = Укажите причину одной строкой, до 200 знаков.
correction-not-enough = У участника нет столько свободных баллов.
correction-points-refused = Так исправить нельзя: посмотрите, сколько баллов у участника сейчас.
correction-own = Свои баллы никто не правит.
correction-same-person = Подтвердить должен не тот, кто просил.
correction-decided-already = Решение уже принято.
correction-lapsed-words = За неделю никто не решил: запрос больше не действует.
corrections-title = Ручная правка баллов
corrections-words = Кто начисляет или списывает баллы, указывает причину. Правка сверх лимита вступает в силу, когда её подтвердит второй сотрудник, в течение недели.
corrections-waiting = Ждут второго сотрудника
corrections-none-waiting = Ничего не ждёт.
corrections-report = Отчёт
corrections-none = За эти дни баллы вручную не правили. Правка делается на странице клиента.
corrections-cut = Показана только последняя тысяча: выберите меньше дней.
correction-until = до { $when }
correction-mine = Запрос ваш: решает другой сотрудник.
correction-confirm = Подтвердить
correction-decline = Отклонить
correction-when = Когда
correction-whom = Кому
correction-member-number = Номер клиента
correction-asked-by = Кто запросил
correction-state = Состояние
correction-second = Второй сотрудник
correction-second-when = Решено
correction-alone = в пределах лимита
correction-waiting = ждёт
correction-confirmed = подтверждено
correction-declined = отклонено
correction-lapsed = срок истёк
correction-limits = Лимит одного сотрудника
correction-limits-words = Баллы одного участника за сутки, начисления и списания вместе. При 0 каждую правку подтверждает второй сотрудник.
correction-bad-limit = Введите целое число баллов, от 0 до 1 000 000 000.
figures-happened-to-nobody = За это время такого ни с кем не было.
figures-satisfaction = Оценки покупок
figures-satisfaction-note = Один вопрос по ссылке на чеке, ответить можно один раз. Очень довольные и очень недовольные отвечают чаще других.
figures-stars = Средняя оценка
figures-stars-means = От одной до пяти звёзд.
figures-answers = Ответов
figures-answers-means = О покупках этих дней, когда бы ни ответили.
figures-answered = Доля чеков
figures-answered-means = Чеки с ответом среди всех чеков.
survey-title = Как прошла покупка?
survey-purchase-of = Как прошла покупка { $date }?
survey-words = Достаточно одного нажатия. Мы сохраним только число звёзд вместе с чеком.
survey-thanks = Спасибо, ваша оценка сохранена.
survey-too-late = Срок для ответа истёк. Всё равно спасибо.
survey-choose = Выберите от одной до пяти звёзд.
survey-stars = { $count ->
    [one] { $count } звезда
    [few] { $count } звезды
   *[other] { $count } звёзд
 }
