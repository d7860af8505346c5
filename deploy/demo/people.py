"""The demo school's classes, teachers and families. Nobody here exists; every address ends at an example domain.

Mail to `nobody.example` bounces in the inbox, so that one can see what the office sees then.
"""

from __future__ import annotations

from typing import NamedTuple

AUCKLAND, PERTH = "harbour-pool", "swan-river-pool"

TEACHERS = {
    "t-moana": "Moana Tūhoe-Clarke",
    "t-grace": "Grace Ellison",
    "t-sefa": "Sefa Leaupepe",
    "t-linh": "Linh Đặng",
    "t-callum": "Callum Reid",
    "t-ayesha": "Ayesha Rahman",
}


class Class(NamedTuple):
    name: str
    level: str
    venue_id: str
    teacher_id: str


CLASSES = {
    "starfish": Class("Starfish, Mon 3.30 pm", "Starfish", AUCKLAND, "t-moana"),
    "seahorse": Class("Seahorse, Mon 4.00 pm", "Seahorse", AUCKLAND, "t-moana"),
    "crab": Class("Crab, Tue 3.30 pm", "Crab", AUCKLAND, "t-grace"),
    "penguin": Class("Little Penguin, Tue 4.15 pm", "Little Penguin", AUCKLAND, "t-grace"),
    "turtle": Class("Turtle, Wed 4.00 pm", "Turtle", AUCKLAND, "t-sefa"),
    "stingray": Class("Stingray, Thu 4.00 pm", "Stingray", AUCKLAND, "t-sefa"),
    "seal": Class("Seal, Sat 9.00 am", "Seal", AUCKLAND, "t-linh"),
    "dolphin": Class("Dolphin, Sat 10.00 am", "Dolphin", AUCKLAND, "t-linh"),
    "swan-seahorse": Class("Seahorse, Sat 8.30 am", "Seahorse", PERTH, "t-callum"),
    "swan-turtle": Class("Turtle, Sat 9.15 am", "Turtle", PERTH, "t-callum"),
    "swan-orca": Class("Orca, Sun 9.00 am", "Orca", PERTH, "t-ayesha"),
    "swan-squad": Class("Squad Ready, Sun 10.00 am", "Squad Ready", PERTH, "t-ayesha"),
}


class Family(NamedTuple):
    name: str
    guardians: tuple[str, ...]
    """`Name <address>`."""
    children: tuple[str, ...]
    """`Given [(preferred)] @ class`; the family's name unless the given name is followed by `| Other Name`.

    A `!` after the class: has mastered the level before anybody signs in, so that there is something to look at.
    """


FAMILIES: tuple[Family, ...] = (
    Family(
        "Ngata",
        ("Hēmi Ngata <hemi.ngata@example.com>", "Aroha Ngata <aroha@ngata.example>"),
        ("Tāne @ turtle", "Māia @ crab"),
    ),
    Family(
        "Fletcher",
        ("Rachel Fletcher <rachel.fletcher@example.com>",),
        ("Oliver @ seal", "Isla @ penguin", "Theo @ starfish!"),
    ),
    Family(
        "Nguyễn",
        ("Nguyễn Văn Hùng <hung.nguyen@example.org>", "Lê Thị Hoa <hoa.le@example.org>"),
        ("Minh Anh @ seahorse", "Gia Bảo @ turtle"),
    ),
    Family("Al-Hassan", ("Mariam Al-Hassan <mariam@alhassan.example>",), ("Layla @ crab", "Omar @ dolphin")),
    Family(
        "Zhang",
        ("Zhang Wei <wei.zhang@example.net>", "Liu Yan <yan.liu@example.net>"),
        ("Mei-Lin @ swan-turtle", "Haoran (Howie) @ swan-orca"),
    ),
    Family(
        "Sharma",
        ("Anjali Sharma <anjali.sharma@example.com>", "Rohit Sharma <rohit.sharma@example.com>"),
        ("Aarav @ stingray", "Diya @ seahorse"),
    ),
    Family("Tupou", ("Mele Tupou <mele.tupou@example.org>",), ("Sione @ seal", "\u02bbAna @ starfish")),
    Family(
        "O'Sullivan",
        ("Siobhán O'Sullivan <siobhan@osullivan.example>",),
        ("Finn @ swan-turtle", "Niamh @ swan-seahorse"),
    ),
    Family(
        "Featherstonehaugh-Cholmondeley",
        ("Arabella Featherstonehaugh <arabella@featherstonehaugh.example>",),
        ("Maximiliana-Josephine @ penguin",),
    ),
    Family(
        "Te Whānau-Parata", ("Kiri Parata <kiri.parata@example.com>",), ("Kahurangi @ dolphin", "Wiremu (Wī) @ turtle")
    ),
    Family("Patel", ("Nisha Patel <nisha.patel@example.com>",), ("Ishaan @ crab",)),
    Family(
        "Henderson",
        ("Tom Henderson <tom@henderson.example>", "Jess Wu <jess.wu@example.com>"),
        ("Jack @ seahorse", "Ruby @ starfish"),
    ),
    Family("Leota", ("Talia Leota <talia.leota@example.org>",), ("Tavita @ stingray!", "Losa @ penguin")),
    Family("Trần", ("Trần Quốc Đạt <dat.tran@example.net>",), ("Bảo Ngọc @ swan-seahorse",)),
    Family("Haddad", ("Samir Haddad <samir@haddad.example>",), ("يوسف | حداد @ seal", "Noor @ turtle")),
    Family("Li", ("Li Na <na.li@example.com>",), ("明轩 | 李 @ dolphin",)),
    Family("McKenzie", ("Fiona McKenzie <fiona.mckenzie@example.com>",), ("Charlotte @ seal", "Angus @ crab")),
    Family(
        "Kereama",
        ("Ngaire Kereama <ngaire@kereama.example>", "Rāwiri Kereama <rawiri@kereama.example>"),
        ("Te Ariki @ stingray", "Hine @ seahorse", "Nikau @ starfish"),
    ),
    Family(
        "Krishnamurthy",
        ("Lakshmi Krishnamurthy <lakshmi@krishnamurthy.example>",),
        ("Venkatanarasimha Subrahmanyam (Venkat) @ swan-squad", "Priya @ swan-orca"),
    ),
    Family("Schäfer", ("Jürgen Schäfer <juergen.schaefer@example.com>",), ("Zoë @ penguin",)),
    Family("Williams", ("Dale Williams <dale@williams.example>",), ("Amelia @ swan-squad", "Noah @ swan-turtle")),
    Family("Fa'asavalu", ("Lupe Fa'asavalu <lupe.faasavalu@example.org>",), ("Malia @ crab",)),
    Family("Pōtae", ("Mereana Pōtae <mereana@potae.example>",), ("Anahera @ turtle",)),
    Family(
        "Khan",
        ("Imran Khan <imran.khan@example.net>", "Sadia Khan <sadia.khan@example.net>"),
        ("Zara @ dolphin!", "Bilal @ penguin"),
    ),
    Family("Baker", ("Emma Baker <emma.baker@example.com>",), ("Harper @ swan-seahorse",)),
    Family("Hōhepa", ("Tūī Hōhepa <tui.hohepa@example.com>",), ("Manaia @ stingray",)),
    Family("Chen", ("Chen Jing <jing.chen@example.com>",), ("Yuxuan (Eddie) @ seal",)),
    Family("Singh", ("Harpreet Singh <harpreet@singh.example>",), ("Gurleen @ swan-orca", "Arjan @ swan-turtle")),
    Family("Morrison", ("Kate Morrison <kate.morrison@example.org>",), ("Lachlan @ crab",)),
    Family("Vaipulu", ("Seini Vaipulu <seini@vaipulu.example>",), ("Lesieli @ dolphin",)),
    Family("Doyle", ("Aoife Doyle <aoife.doyle@example.com>",), ("Saoirse @ seahorse",)),
    Family("Phạm", ("Phạm Thu Trang <trang.pham@example.net>",), ("Khôi Nguyên @ stingray",)),
    Family("Campbell", ("Stuart Campbell <stuart@campbell.example>",), ("Evie @ starfish",)),
    Family("Rangihuna", ("Pania Rangihuna <pania@rangihuna.example>",), ("Tiaki @ penguin",)),
    Family("Nair", ("Deepa Nair <deepa.nair@example.com>",), ("Meera @ swan-seahorse",)),
    Family("Taylor", ("Morgan Taylor <morgan.taylor@example.org>",), ("Riley @ swan-squad",)),
    Family("El-Masri", ("Huda El-Masri <huda@elmasri.example>",), ("Tariq @ swan-orca",)),
    Family("Wood", ("Steph Wood <steph.wood@nobody.example>",), ("Billie @ starfish",)),
    Family("Lolohea", ("Viliami Lolohea <viliami@lolohea.example>",), ("Sela @ turtle",)),
    Family("Robinson", ("Grant Robinson <grant.robinson@example.net>",), ("Max @ swan-squad",)),
)

LANGUAGES = {
    "samir@haddad.example": "ar",
    "juergen.schaefer@example.com": "de",
    "mereana@potae.example": "mi-NZ",
    "tui.hohepa@example.com": "mi-NZ",
}
"""By address: guardians who get their mail in another language than the school's."""
