//! The invented citizens: one for every answer of the eligibility rules.

use jiff::{ToSpan as _, civil::Date};

/// Sex, as coded on cards (GB/T 2261.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sex {
    /// 男, coded as 1.
    Male,
    /// 女, coded as 2.
    Female,
}

impl Sex {
    /// Returns the code `1` or `2`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Male => "1",
            Self::Female => "2",
        }
    }
}

/// The card a citizen brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brings {
    /// 居民身份证, behind a PC/SC reader with a security module.
    IdentityCard,
    /// 社会保障卡, read over PC/SC.
    SocialSecurityCard,
}

/// State of a citizen's photo in the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisteredPhoto {
    /// A good photo of the citizen.
    Good,
    /// A photo of the citizen that is too blurred (P2).
    Blurred,
    /// A photo of the population's first citizen (P1).
    SomebodyElses,
}

/// An invented citizen, with card and registry record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citizen {
    /// Unique name in menus and relations.
    pub key: &'static str,
    /// 姓名 on the card.
    pub name: &'static str,
    /// 公民身份号码 with a valid check digit.
    pub number: String,
    /// Sex on the card.
    pub sex: Sex,
    /// Date of birth.
    pub birth: Date,
    /// Whether the registry has 本市户籍.
    pub shanghai_household: bool,
    /// 残疾人证: number and last valid day.
    pub certificate: Option<(String, Date)>,
    /// Whether the centre's registry has this citizen.
    pub registered: bool,
    /// Name in the registry, if it is a wrong one.
    pub wrong_name: Option<&'static str>,
    /// State of the photo in the registry.
    pub registered_photo: RegisteredPhoto,
    /// E9: key and relation of people bound to this citizen.
    pub relatives: &'static [(&'static str, &'static str)],
    /// Card the citizen lays on the reader.
    pub brings: Brings,
    /// Days since the portal issued a code to them, if it did.
    pub issued_days_ago: Option<i32>,
    /// The rule this citizen demonstrates, in the clerk's language.
    pub shows: &'static str,
}

impl Citizen {
    /// Returns the name in the registry.
    #[must_use]
    pub fn registered_name(&self) -> &'static str {
        self.wrong_name.unwrap_or(self.name)
    }
}

/// A district code that was never assigned, so that no real number begins with it.
const REGION: &str = "310000";

/// Returns the number of a person born on `birth`; odd sequences are male, even ones female (N1).
fn number(birth: Date, sequence: u16) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let body = format!("{REGION}{}{sequence:03}", birth.strftime("%Y%m%d"));
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = b"10X98765432"[sum as usize % 11] as char;
    format!("{body}{check}")
}

/// Returns the birth date of a person aged `years` years and `days` days on `today`.
fn born(today: Date, years: i32, days: i32) -> Date {
    // Saturation would only matter before the year −9999.
    today.saturating_sub(years.years()).saturating_sub(days.days())
}

/// Returns `count` people over 70 who look alike, each born on another day.
#[must_use]
pub fn crowd(today: Date, count: u16) -> Vec<Citizen> {
    let one = |days| person("crowd", "陆阿珍", Sex::Female, born(today, 70, i32::from(days)), 200, "");
    (1..=count).map(one).collect()
}

/// Returns an adult from Shanghai with a social security card and a right record; odd sequences of
/// numbers are male.
fn person(
    key: &'static str,
    name: &'static str,
    sex: Sex,
    birth: Date,
    sequence: u16,
    shows: &'static str,
) -> Citizen {
    let sequence = sequence * 2 + u16::from(sex == Sex::Male);
    Citizen {
        key,
        name,
        number: number(birth, sequence),
        sex,
        birth,
        shanghai_household: true,
        certificate: None,
        registered: true,
        wrong_name: None,
        registered_photo: RegisteredPhoto::Good,
        relatives: &[],
        brings: Brings::SocialSecurityCard,
        issued_days_ago: None,
        shows,
    }
}

/// Returns the population. Ages are relative to `today`, so that every case works on every day.
#[must_use]
pub fn population(today: Date) -> Vec<Citizen> {
    // E6: the certificate number is the holder's number, category and grade.
    let certificate = |citizen: &Citizen, class: &str, last_day: Date| {
        Some((format!("{}{class}", citizen.number), last_day))
    };

    let senior =
        person("senior", "王秀英", Sex::Female, born(today, 74, 40), 101, "E2：满 60 周岁，可以申领");
    let mut sixty_today = person(
        "sixty-today",
        "陈建国",
        Sex::Male,
        born(today, 60, 0),
        102,
        "E2、E4：今天满 60 周岁，可以申领",
    );
    sixty_today.brings = Brings::IdentityCard;
    let almost_sixty = person(
        "almost-sixty",
        "李国强",
        Sex::Male,
        born(today, 60, -1),
        103,
        "E2、E4：明天满 60 周岁，今天还不可以",
    );
    let pupil =
        person("pupil", "张思远", Sex::Male, born(today, 15, 100), 104, "E1、E8：14 至 17 岁，本人可以申领");
    let mut child =
        person("child", "周雨桐", Sex::Female, born(today, 9, 30), 105, "E1、E8：不满 14 岁，由监护人代办");
    child.relatives = &[("mother", "母亲")];
    let infant = person(
        "infant",
        "周雨辰",
        Sex::Male,
        born(today, 0, 90),
        117,
        "E8、I4：新生儿，登记库中尚无监护人，凭户口簿代办",
    );
    let mother = person(
        "mother",
        "周敏",
        Sex::Female,
        born(today, 38, 60),
        106,
        "E3：18 至 59 岁，无残疾人证，不可以；可为孩子代办",
    );
    let mut disabled = person(
        "disabled",
        "赵志明",
        Sex::Male,
        born(today, 45, 10),
        107,
        "E3：18 至 59 岁，本市户籍并持有效残疾人证，可以申领",
    );
    disabled.certificate = certificate(&disabled, "43", today.saturating_add(3.years()));
    disabled.brings = Brings::IdentityCard;
    let mut from_elsewhere = person(
        "from-elsewhere",
        "孙丽",
        Sex::Female,
        born(today, 33, 5),
        108,
        "E3：持证但非本市户籍，不可以",
    );
    from_elsewhere.shanghai_household = false;
    from_elsewhere.certificate = certificate(&from_elsewhere, "22", today.saturating_add(1.years()));
    let mut lapsed =
        person("lapsed", "吴海峰", Sex::Male, born(today, 52, 200), 109, "E3、E6：残疾人证已过期，不可以");
    lapsed.certificate = certificate(&lapsed, "11", today.saturating_sub(20.days()));
    let mut rare_name =
        person("rare-name", "阿依古丽·买买提", Sex::Female, born(today, 67, 12), 110, "N2：姓名带间隔号");
    rare_name.brings = Brings::IdentityCard;
    let mut rare_character =
        person("rare-character", "刘䶮", Sex::Male, born(today, 81, 300), 111, "N2、N5：姓名用字较生僻");
    rare_character.brings = Brings::IdentityCard;
    let mut unknown = person(
        "unknown",
        "郑福生",
        Sex::Male,
        born(today, 79, 77),
        112,
        "登记库中没有此人，年满 60 周岁，可以申领",
    );
    unknown.registered = false;
    unknown.brings = Brings::IdentityCard;
    let mut wrong_character = person(
        "wrong-character",
        "顾𬎆生",
        Sex::Male,
        born(today, 72, 150),
        113,
        "N1：登记姓名用字有误（生僻字），到窗口更正",
    );
    wrong_character.wrong_name = Some("顾玉贵");
    wrong_character.brings = Brings::IdentityCard;
    let mut separator = person(
        "separator",
        "阿不都热合曼·吐尔逊",
        Sex::Male,
        born(today, 69, 33),
        114,
        "N2：登记姓名的间隔号写法有误，到窗口更正",
    );
    separator.wrong_name = Some("阿不都热合曼吐尔逊");
    separator.brings = Brings::IdentityCard;
    let mut blurred =
        person("blurred", "沈月娥", Sex::Female, born(today, 77, 210), 115, "P2：登记照片模糊，到窗口更正");
    blurred.registered_photo = RegisteredPhoto::Blurred;
    blurred.brings = Brings::IdentityCard;
    let mut somebody_else = person(
        "somebody-else",
        "何水根",
        Sex::Male,
        born(today, 66, 90),
        116,
        "P1：登记照片是他人，到窗口更正，原码作废",
    );
    somebody_else.registered_photo = RegisteredPhoto::SomebodyElses;
    somebody_else.brings = Brings::IdentityCard;
    vec![
        senior,
        sixty_today,
        almost_sixty,
        pupil,
        child,
        mother,
        disabled,
        from_elsewhere,
        lapsed,
        rare_name,
        rare_character,
        unknown,
        wrong_character,
        separator,
        blurred,
        somebody_else,
        infant,
    ]
}

/// Returns citizens to whom the portal issued a code earlier: one code is live, the other expired.
#[must_use]
pub fn regulars(today: Date) -> Vec<Citizen> {
    let holder = person(
        "holder",
        "钱桂芳",
        Sex::Female,
        born(today, 71, 20),
        120,
        "L5：60 天前申领，码有效，可以挂失后补领",
    );
    let expired = person("expired", "褚文彬", Sex::Male, born(today, 68, 55), 121, "码已过期，可以再次申领");
    vec![Citizen { issued_days_ago: Some(60), ..holder }, Citizen { issued_days_ago: Some(200), ..expired }]
}

/// Returns one of any number of citizens over 60 who are not in the registry.
#[must_use]
pub fn newcomer(today: Date, index: u16) -> Citizen {
    let birth = born(today, 70, i32::from(index));
    let shows = "E2：满 60 周岁，登记库中没有此人，可以申领";
    Citizen {
        shanghai_household: false,
        registered: false,
        brings: Brings::IdentityCard,
        ..person("newcomer", "冯长寿", Sex::Male, birth, 250, shows)
    }
}

/// Returns today's date in Shanghai, the day the rules use.
#[must_use]
pub fn today_in_shanghai() -> Date {
    let shanghai = jiff::tz::TimeZone::fixed(jiff::tz::offset(8)); // no summer time since 1991
    jiff::Timestamp::now().to_zoned(shanghai).date()
}

#[cfg(test)]
mod tests {
    use rules::{
        Day, Policy, Sensitive,
        eligibility::{Eligibility, Ground, Knowledge, Shortfall, eligibility},
        person::{DisabilityCertificate, IdNumber},
    };

    use super::*;

    fn day(date: Date) -> Day {
        date.to_string().parse().unwrap()
    }

    /// Decides the citizen's eligibility under the rules, with registry data.
    fn answer(citizen: &Citizen, today: Date) -> Eligibility {
        let certificate = citizen.certificate.clone().map(|(number, last_day)| DisabilityCertificate {
            number: Sensitive::new(number),
            valid_through: day(last_day),
        });
        let knowledge = Knowledge::Registry { shanghai_household: citizen.shanghai_household, certificate };
        let number = IdNumber::read_on(&citizen.number, day(today)).unwrap();
        eligibility(&number, &knowledge, day(today), &Policy::default())
    }

    #[test]
    fn e1_to_e8_each_answer_has_a_citizen() {
        use Eligibility::{Eligible, NotEligible};
        // An ordinary day, and the leap day, which most years do not have (E4).
        for today in [jiff::civil::date(2026, 7, 1), jiff::civil::date(2028, 2, 29), today_in_shanghai()] {
            let expected = |key: &str| match key {
                "senior" | "sixty-today" | "rare-name" | "rare-character" | "unknown" | "wrong-character"
                | "separator" | "blurred" | "somebody-else" => {
                    Eligible { ground: Ground::Senior, provisional: false, guardian_needed: false }
                }
                "pupil" => Eligible { ground: Ground::Minor, provisional: false, guardian_needed: false },
                "child" | "infant" => {
                    Eligible { ground: Ground::Minor, provisional: false, guardian_needed: true }
                }
                "disabled" => {
                    Eligible { ground: Ground::Disabled, provisional: false, guardian_needed: false }
                }
                "almost-sixty" | "mother" => NotEligible { shortfall: Shortfall::NoCertificate },
                "from-elsewhere" => NotEligible { shortfall: Shortfall::NotRegisteredHere },
                "lapsed" => NotEligible { shortfall: Shortfall::CertificateExpired },
                other => panic!("{other} has no expectation"),
            };
            for citizen in population(today) {
                assert_eq!(answer(&citizen, today), expected(citizen.key), "{} on {today}", citizen.key);
            }
        }
    }

    #[test]
    fn numbers_are_valid_and_invented() {
        let today = today_in_shanghai();
        let population = population(today);
        for citizen in &population {
            let number = IdNumber::parse(&citizen.number).unwrap();
            assert!(citizen.number.starts_with(REGION));
            assert_eq!(number.birth(), day(citizen.birth));
        }
        let mut numbers: Vec<&String> = population.iter().map(|citizen| &citizen.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), population.len());
    }

    #[test]
    fn every_relative_is_in_the_population() {
        let population = population(today_in_shanghai());
        for (relative, _) in population.iter().flat_map(|citizen| citizen.relatives) {
            assert!(population.iter().any(|citizen| citizen.key == *relative));
        }
    }
}
