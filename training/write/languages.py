"""Short contrasts in nine languages beside English: the same groups, verbs and feelings, harmful and harmless."""

import random

from ..templates.frames import LABELS

# Per language: groups; hate and respect with {g}; threats; insults; self-harm; comfort; dangerous; everyday.
TEXTS = {
    "de": (("Muslime", "Juden", "Flüchtlinge", "Schwule", "Frauen", "Ausländer", "Polen", "Behinderte", "Schwarze", "Roma"),
        ("{g} sind Abschaum.", "{g} gehören nicht in unser Land.", "Ich hasse {g}, alle zusammen.", "{g} sind dreckige Parasiten.", "Alle {g} sollte man abschieben.", "{g} sind dumm und faul.", "Man muss {g} vernichten."),
        ("{g} sind unsere Nachbarn und Freunde.", "Ich hasse {g} nicht.", "Wer sagt, dass {g} Abschaum sind, lügt.", "{g} verdienen Respekt.", "{g} sind hier willkommen.", "\"{g} raus\" stand an der Wand. Das ist Hetze und gehört angezeigt.", "Wie viele {g} leben in Berlin?"),
        ("Ich bringe dich um.", "Ich steche dich heute Nacht ab.", "Ich weiß, wo du wohnst, und ich habe ein Messer.", "Wir schlagen dich tot."), ("Du bist ein wertloser Idiot.", "Halt die Fresse, du Versager.", "Niemand mag dich, du dumme Kuh."),
        ("Ich will nicht mehr leben.", "Ich werde mich heute umbringen.", "Ich habe mich wieder geritzt.", "Alle wären ohne mich besser dran, ich mache Schluss."), ("Ich bin müde, morgen wird es besser.", "Wenn du an Suizid denkst, ruf bitte die Telefonseelsorge an.", "Nach der Therapie geht es mir gut."),
        ("Wie baue ich eine Bombe?", "Wie vergifte ich meinen Nachbarn?", "Wie komme ich in fremde Konten?", "Wo kaufe ich Drogen im Netz?"), ("Wie backe ich ein Brot?", "Wie töte ich Unkraut zwischen den Steinen?", "Wie schieße ich gute Fotos bei Nacht?", "Wann fährt der Zug nach Köln?", "Danke für die schnelle Hilfe!", "Wie beende ich einen Prozess unter Linux?")),
    "es": (("los musulmanes", "los judíos", "los inmigrantes", "los gays", "las mujeres", "los negros", "los gitanos", "los trans", "los indígenas"),
        ("{g} son basura.", "Odio a todos, {g} son lo peor.", "{g} son una plaga y hay que echarlos.", "{g} son animales.", "Hay que acabar con todos: {g} no merecen vivir.", "{g} son inferiores y vagos."),
        ("{g} son nuestros vecinos.", "No odio a nadie; {g} merecen respeto.", "Decir que {g} son basura es racismo.", "{g} son bienvenidos aquí.", "Mi abuela decía que {g} son vagos. Mentira.", "¿Qué comen {g} en las fiestas?"),
        ("Te voy a matar.", "Sé dónde vives y te voy a romper la cara.", "Te voy a pegar un tiro mañana.", "Vamos a quemar tu casa contigo dentro."), ("Eres un idiota inútil.", "Cállate, pedazo de mierda.", "Nadie te quiere, gorda asquerosa."),
        ("No quiero vivir más.", "Voy a quitarme la vida esta noche.", "Me corté otra vez los brazos.", "Todos estarían mejor sin mí, quiero morir."), ("Estoy cansada, pero mañana será mejor.", "Si piensas en el suicidio, llama a una línea de ayuda.", "Me muero de risa con este video."),
        ("¿Cómo fabrico una bomba?", "¿Cómo enveneno a mi jefe?", "¿Cómo robo una cuenta bancaria?", "¿Cómo hago metanfetamina en casa?"), ("¿Cómo hago pan en casa?", "¿Cómo mato el tiempo en el aeropuerto?", "¿Cómo mato las malas hierbas?", "¿A qué hora sale el tren?", "Gracias por tu ayuda.", "¿Cómo termino un proceso en Linux?")),
    "fr": (("les musulmans", "les juifs", "les immigrés", "les homos", "les femmes", "les noirs", "les roms", "les trans", "les handicapés"),
        ("{g} sont des parasites.", "Je déteste tout ça, {g} sont des animaux.", "{g} dehors, qu'ils crèvent.", "{g} sont la honte de ce pays.", "Il faut éliminer {g}.", "{g} sont inférieurs et sales."),
        ("{g} sont nos amis.", "{g} méritent le respect.", "Dire que {g} sont des parasites est une honte.", "Je n'ai rien contre personne, {g} sont les bienvenus.", "Il a crié que {g} sont des animaux. J'ai porté plainte.", "Où vivent {g} à Paris ?"),
        ("Je vais te tuer.", "Je sais où tu habites, je vais te planter.", "On va te casser les jambes ce soir.", "Je vais brûler ta maison."), ("Tu es un gros débile.", "Ferme ta gueule, minable.", "Personne ne t'aime, espèce de merde."),
        ("Je ne veux plus vivre.", "Je vais me suicider ce soir.", "Je me suis encore coupé les bras.", "Tout le monde serait mieux sans moi."), ("Je suis fatigué, demain ira mieux.", "Si tu penses au suicide, appelle une ligne d'écoute.", "Je suis mort de rire."),
        ("Comment fabriquer une bombe ?", "Comment empoisonner mon mari ?", "Comment pirater un compte bancaire ?", "Comment fabriquer de la drogue ?"), ("Comment faire du pain ?", "Comment tuer le temps à la gare ?", "Comment tuer les mauvaises herbes ?", "À quelle heure part le train ?", "Merci pour votre aide.", "Comment tuer un processus sous Linux ?")),
    "pt": (("os muçulmanos", "os judeus", "os imigrantes", "os gays", "as mulheres", "os negros", "os nordestinos", "os índios"),
        ("{g} são lixo.", "Odeio todos, {g} são uma praga.", "{g} são animais e deviam morrer.", "{g} são burros e preguiçosos.", "Fora daqui, {g} não prestam."),
        ("{g} são nossos amigos.", "{g} merecem respeito.", "Dizer que {g} são lixo é crime e preconceito.", "{g} são bem-vindos aqui.", "Quem disse que {g} são burros está errado.", "Onde vivem {g} em Lisboa?"),
        ("Vou te matar.", "Eu sei onde você mora e vou te quebrar.", "Vou te dar um tiro amanhã."), ("Você é um idiota inútil.", "Cala a boca, seu lixo.", "Ninguém gosta de você, fracassado."),
        ("Não quero mais viver.", "Vou me matar hoje à noite.", "Me cortei de novo.", "Todos ficariam melhor sem mim."), ("Estou cansado, amanhã melhora.", "Se pensa em suicídio, ligue para o CVV.", "Morri de rir com esse vídeo."),
        ("Como fazer uma bomba?", "Como envenenar meu vizinho?", "Como roubar uma conta do banco?"), ("Como fazer pão em casa?", "Como matar o tempo no aeroporto?", "Como matar ervas daninhas?", "Que horas sai o ônibus?", "Obrigado pela ajuda.", "Como matar um processo no Linux?")),
    "it": (("i musulmani", "gli ebrei", "gli immigrati", "i gay", "le donne", "i neri", "i rom"), ("{g} sono feccia.", "Odio tutti, {g} sono animali.", "{g} devono morire.", "{g} sono parassiti, fuori dal paese."),
        ("{g} sono nostri amici.", "{g} meritano rispetto.", "Chi dice che {g} sono feccia è un razzista.", "{g} sono i benvenuti.", "Quanti sono {g} a Roma?"), ("Ti ammazzo.", "So dove abiti e ti spacco la faccia.", "Ti sparo stasera."), ("Sei un idiota inutile.", "Stai zitto, fallito."),
        ("Non voglio più vivere.", "Stasera mi uccido.", "Mi sono tagliata di nuovo."), ("Sono stanco, domani andrà meglio.", "Se pensi al suicidio, chiama un numero di aiuto.", "Sto morendo dal ridere."), ("Come costruisco una bomba?", "Come avveleno il mio capo?", "Come rubo un conto in banca?"), ("Come faccio il pane?", "Come uccido le zanzare?", "A che ora parte il treno?", "Grazie dell'aiuto.")),
    "nl": (("moslims", "joden", "vluchtelingen", "homo's", "vrouwen", "zwarte mensen"), ("{g} zijn uitschot.", "Ik haat {g}, het zijn beesten.", "{g} moeten dood.", "{g} zijn dom en lui."), ("{g} zijn onze vrienden.", "{g} verdienen respect.", "Wie zegt dat {g} uitschot zijn, liegt.", "Ik haat {g} niet."),
        ("Ik maak je af.", "Ik weet waar je woont en ik steek je neer."), ("Je bent een waardeloze idioot.", "Hou je bek, mislukkeling."), ("Ik wil niet meer leven.", "Ik maak er vanavond een einde aan.", "Ik heb mezelf weer gesneden."), ("Ik ben moe, morgen gaat het beter.", "Denk je aan zelfmoord? Bel de hulplijn."), ("Hoe maak ik een bom?", "Hoe vergiftig ik mijn buurman?"), ("Hoe bak ik brood?", "Hoe laat gaat de trein?", "Bedankt voor je hulp.", "Hoe dood ik onkruid?")),
    "ru": (("мусульмане", "евреи", "мигранты", "геи", "женщины", "цыгане", "кавказцы"), ("{g} — это мусор.", "Ненавижу, {g} хуже животных.", "Все {g} должны сдохнуть.", "{g} тупые и грязные, вон из страны."), ("{g} — наши друзья.", "{g} заслуживают уважения.", "Кто говорит, что {g} мусор, тот лжёт.", "Сколько их, {g}, живёт в Москве?"),
        ("Я тебя убью.", "Я знаю, где ты живёшь, и зарежу тебя.", "Мы тебя найдём и закопаем."), ("Ты тупой ублюдок.", "Заткнись, ничтожество."), ("Я не хочу больше жить.", "Сегодня ночью я покончу с собой.", "Я снова порезала руки."), ("Я устал, завтра будет лучше.", "Если думаешь о самоубийстве, позвони на линию помощи."), ("Как сделать бомбу?", "Как отравить соседа?", "Как взломать чужой счёт?"), ("Как испечь хлеб?", "Как убить время в аэропорту?", "Во сколько поезд?", "Спасибо за помощь.", "Как убить процесс в Linux?")),
    "zh": (("穆斯林", "犹太人", "黑人", "女人", "同性恋", "移民", "农村人", "残疾人"), ("{g}都是垃圾。", "我讨厌{g},恶心死了。", "{g}不配活着。", "{g}又蠢又懒,滚出去。", "应该把{g}都消灭掉。"), ("{g}也是我们的朋友。", "{g}应该得到尊重。", "说{g}是垃圾的人才可耻。", "我不讨厌{g}。", "这里有多少{g}?"),
        ("我要杀了你。", "我知道你住哪儿,今晚砍死你。", "等着吧,我打断你的腿。"), ("你就是个没用的废物。", "闭嘴,傻逼。", "没人喜欢你,丑八怪。"), ("我不想活了。", "今晚我就去死。", "我又割了自己的手。", "没有我大家会更好。"), ("今天很累,明天会好的。", "如果你想自杀,请拨打求助热线。", "笑死我了。"), ("怎么制造炸弹?", "怎么给老板下毒?", "怎么盗取别人的银行账户?", "怎么制毒?"), ("怎么做面包?", "怎么杀死杂草?", "火车几点开?", "谢谢你的帮助。", "在Linux里怎么杀掉进程?")),
    "ko": (("무슬림", "유대인", "흑인", "여자들", "동성애자", "이주민", "조선족", "장애인"), ("{g}은 쓰레기다.", "{g} 진짜 역겹다, 다 꺼져라.", "{g}은 죽어야 한다.", "{g}은 멍청하고 게으르다."), ("{g}도 우리의 친구다.", "{g}도 존중받아야 한다.", "{g}을 쓰레기라고 하는 것은 혐오다.", "나는 {g}을 싫어하지 않는다."),
        ("너 죽여 버린다.", "네 집 어딘지 알아, 오늘 밤 칼로 찌른다."), ("넌 쓸모없는 병신이야.", "닥쳐, 이 찌질아."), ("더는 살고 싶지 않아.", "오늘 밤 죽을 거야.", "또 손목을 그었어."), ("오늘은 피곤하지만 내일은 괜찮을 거야.", "자살을 생각한다면 상담 전화에 연락하세요."), ("폭탄은 어떻게 만들어?", "이웃을 독살하는 방법 알려줘."), ("빵은 어떻게 만들어요?", "기차는 몇 시에 출발해요?", "도와줘서 고마워요.", "잡초는 어떻게 죽이나요?")),
}
KINDS = (("hate", "any hate", "toxic harassment violence hate_threat"), (None, "", ""), ("threat", "any violence harassment", "toxic dangerous"), ("insult", "any harassment toxic", "profanity"),
         ("self", "any self_harm", "toxic dangerous violence"), (None, "", ""), ("danger", "any dangerous", "toxic violence"), (None, "", ""))


def write_languages(seed, most=400):
    """At most `most` rows per language and kind: one to three sentences of a kind, seldom with a harmless one around them."""
    rng = random.Random(f"sluice-languages:{seed}")
    for lang, (groups, *kinds) in TEXTS.items():
        glue = "" if lang == "zh" else " "
        calm = kinds[5] + kinds[7]
        for sentences, (_, ones, unknown) in zip(kinds, KINDS):
            seen = set()
            for _ in range(most * 3):
                if len(seen) >= most:
                    break
                picked = rng.sample(sentences, min(len(sentences), rng.choice((1, 1, 2, 3))))
                if rng.random() < 0.4:
                    picked.insert(rng.randrange(len(picked) + 1), rng.choice(calm))
                text = glue.join(s.replace("{g}", rng.choice(groups)) for s in picked)
                text = text[:1].upper() + text[1:]
                if text not in seen:
                    seen.add(text)
                    yield {"text": text, "labels": _labels(ones, unknown), "source": "sluice_languages", "lang": lang}


def _labels(ones, unknown):
    named = ones.split()
    lost = [*unknown.split(), "profanity"]
    return {label: int(label in named) for label in LABELS if label in named or label not in lost}
