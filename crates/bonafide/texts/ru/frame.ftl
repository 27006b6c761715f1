# Рамка каждой страницы, вход и что пошло не так.
skip-to-content = К содержанию
menu = Меню
menu-desk = Стойка
menu-figures = Показатели
menu-corrections = Правка баллов
menu-set-up = Настройка
language = Язык
demo-notice = Вымышленный клуб для знакомства: этих людей не существует.
back-to-start = На главную
sign-in = Войти
sign-out = Выйти
sign-in-name = Имя для входа
password = Пароль
new-password = Новый пароль
password-again = Тот же пароль ещё раз
sign-in-wrong = Неверное имя или пароль.
sign-in-busy = Сейчас входит много людей. Попробуйте чуть позже.
sign-in-pause = { $seconds ->
    [one] Слишком много неверных паролей. Попробуйте через { $seconds } секунду.
    [few] Слишком много неверных паролей. Попробуйте через { $seconds } секунды.
   *[other] Слишком много неверных паролей. Попробуйте через { $seconds } секунд.
 }
trouble-not-found = Здесь ничего нет
trouble-not-found-advice = Адрес неверен, или того, что здесь было, больше нет.
trouble-forbidden = Вам это недоступно
trouble-forbidden-advice = Если это нужно для работы, спросите управляющего.
trouble-old-page = Страница устарела
trouble-old-page-advice = Вернитесь, обновите страницу и попробуйте снова. Ничего не изменилось.
trouble-not-signed-in = Вы не вошли
trouble-not-signed-in-advice = Войдите и попробуйте снова. Ничего не изменилось.
trouble-busy = Слишком много запросов
trouble-busy-advice = Подождите немного и попробуйте снова.
trouble-too-large = Файл слишком большой
trouble-too-large-advice = Выберите файл поменьше и попробуйте снова.
trouble-bad-request = Запрос непонятен
trouble-bad-request-advice = Вернитесь и попробуйте снова. Ничего не изменилось.
trouble-fault = Что-то сломалось у нас
trouble-fault-advice = Вы ни при чём. Попробуйте снова; если не поможет, сообщите номер ниже тому, кто обслуживает сервер.
trouble-number = Номер { $number }
