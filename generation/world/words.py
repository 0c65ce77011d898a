"""What is written on signs, labels and posters: words in five scripts, and how wide their letters are."""

import random

from generation.world.split import is_held_out

LATIN = tuple(
    "open closed welcome hello hi thanks love peace hope dream happy smile home school park hotel cafe bar shop sale free"
    " new exit stop go slow left right north south east west up down in out push pull yes no ok fire water ice sun moon"
    " star sky sea sand snow rain wind cloud storm summer winter spring autumn day night today apple lemon pear banana"
    " cake pizza bread milk tea coffee juice soup rice fish egg salt sugar honey mint cat dog bird lion bear owl frog cow"
    " pig horse duck whale crab car bus train truck bike plane boat ship rocket road street bridge tower castle house"
    " garden tree forest river lake hill island beach city town world music art book film game play dance sing run jump"
    " swim fly read write draw paint photo camera light color red blue green yellow pink gold silver black white big small"
    " fast good best super magic power energy space earth mars venus zoo gym bank post taxi metro airport station ticket"
    " kids boys girls mom dad baby friend team club party birthday gift prize win king queen hero robot future aurora"
    " studio pixel speed quality berlin paris london tokyo seoul rome oslo cairo lima quito delhi dublin vienna madrid"
    " 24h 50% 100 2026 2027 no.1 a1 b2 c3 7up 3d 4k www".split()
)
CYRILLIC = tuple(
    "привет мир дом кот лес море небо день ночь чай хлеб сад парк река гора лето зима рыба луна звезда город школа книга"
    " кофе молоко сок вода кино театр музей рынок мост театр аптека почта выход вход стоп касса меню суп сыр мёд яблоко"
    " лимон груша вишня весна осень снег дождь ветер свет цвет радость дружба мечта москва киев минск софия".split()
)
GREEK = tuple(
    "καλημερα νερο φως ηλιος θαλασσα σπιτι γατα δεντρο ψωμι καφες μηλο λεμονι βουνο ποταμι νησι αγαπη ειρηνη φιλος"
    " χαρα ζωη λογος κοσμος αστρο ουρανος πολη δρομος αγορα θεατρο μουσικη βιβλιο σχολειο αθηνα κρητη μελι γαλα".split()
)
KANA = tuple(
    "ねこ いぬ さくら そら うみ やま かわ ほし つき はな みず おちゃ すし もち あめ ゆき かぜ もり まち えき いえ とり さかな りんご"
    " みかん ありがとう こんにちは カメラ ホテル パン ケーキ コーヒー ラーメン タクシー バス ピアノ テレビ ロボット カフェ アイス".split()
)
SYLLABLES = (
    "가각간갈감강개거건게겨결고곡공과관구국군그금기길김나날남내너네노녀논농누눈늘능니다단달당대더도독동두드들등디라락람래려"
    "력로록론료루류르름리린립마만말매머면명모목무문물미민바박반발방배백버벌법벽별보복본부북분불비빛사산살상새색서석선설성세"
    "소속손송수술숙순스습시식신실심아안알암애야약양어언여역연열영예오온와외요용우운원월위유육은을음의이인일임입자작잔장재"
    "저적전절정제조종주준중지직진차창책천청체초추출치카커코크타태터토통트파편평포표풍프피하학한해행향허현형호화환회후희"
)
HANGUL = tuple(
    "안녕 사랑 하늘 바다 나무 여우 고양이 강아지 사과 우유 커피 학교 서울 부산 한국 나라 오늘 내일 시간 친구 음악 영화 사진 도서관"
    " 시장 병원 은행 공원 기차 버스 비행기 자동차 자전거 별빛 달 해 물 불 산 강 눈 비 봄 여름 가을 겨울 빵 밥 김치 국수 차 주스 행복"
    " 희망 평화 미래 대한민국 감사 환영 축하 생일 선물 가방 시계 전화 노래 그림 책 문 집 길 섬 꽃".split()
)
SCRIPTS: dict[str, tuple[str, ...]] = {
    "latin": LATIN, "cyrillic": CYRILLIC, "greek": GREEK, "kana": KANA, "hangul": HANGUL,
}  # fmt: skip
WIDE = ("kana", "hangul")
"""Scripts whose letters fill a whole position; those of the others fill half of one in width."""
LONGEST = {"latin": 8, "cyrillic": 8, "greek": 8, "kana": 5, "hangul": 5}
_LETTERS = {
    "latin": "abcdefghijklmnopqrstuvwxyz", "cyrillic": "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "greek": "αβγδεζηθικλμνξοπρστυφχψω", "kana": "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん"
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン", "hangul": SYLLABLES,
}  # fmt: skip


def sample_word(rng: random.Random, script: str, *, held_out: bool = False) -> str:
    """A word of the script, on the wanted side of the split; half of them are letters thrown together, so that
    spelling is learned rather than words."""
    while True:
        word = rng.choice(SCRIPTS[script]) if rng.random() < 0.5 else _thrown(rng, script)
        if script in ("latin", "cyrillic", "greek"):
            word = rng.choice((word.upper(), word.upper(), word, word.capitalize()))
        if len(word) <= LONGEST[script] and is_held_out("word", word) == held_out:
            return word


def _thrown(rng: random.Random, script: str) -> str:
    length = rng.randint(2, LONGEST[script] if script not in WIDE else 4)
    return "".join(rng.choice(_LETTERS[script]) for _ in range(length))
