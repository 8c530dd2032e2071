//! The words that a demo is made of: a practice for immigration law in Spain.

use reparto_domain::AttemptStatus;

/// First names of those who work here.
pub const FIRST_NAMES: &[&str] = &[
    "Ana", "Luis", "María", "Javier", "Carmen", "Pablo", "Lucía", "Sergio", "Marta", "Diego", "Laura", "Álvaro",
    "Sofía", "Hugo", "Nuria", "Raúl", "Irene", "Óscar", "Clara", "Iván", "Rocío", "Adrián", "Inés", "Jorge", "Alba",
    "Rubén", "Teresa", "Víctor", "Pilar", "Andrés",
];

/// Family names of those who work here.
pub const LAST_NAMES: &[&str] = &[
    "García",
    "Martín",
    "López",
    "Sánchez",
    "Romero",
    "Navarro",
    "Torres",
    "Domínguez",
    "Vázquez",
    "Ramos",
    "Gil",
    "Serrano",
    "Blanco",
    "Molina",
    "Suárez",
    "Castro",
    "Ortega",
    "Rubio",
    "Marín",
    "Iglesias",
    "Núñez",
    "Medina",
    "Garrido",
    "Cortés",
    "Castillo",
    "Santos",
    "Lozano",
    "Guerrero",
    "Cano",
    "Prieto",
    "Méndez",
    "Cruz",
    "Gallego",
    "Herrera",
    "Peña",
    "Ibáñez",
    "Fuentes",
];

/// Where people come from, and how they are called there.
pub struct Origin {
    pub nationality: &'static str,
    pub first_names: &'static [&'static str],
    pub last_names: &'static [&'static str],
    /// Family names that a person has.
    pub family_names: u8,
}

const fn origin(
    nationality: &'static str,
    first_names: &'static [&'static str],
    last_names: &'static [&'static str],
) -> Origin {
    Origin { nationality, first_names, last_names, family_names: 1 }
}

const fn latin(nationality: &'static str) -> Origin {
    Origin { nationality, first_names: LATIN_FIRST, last_names: LATIN_LAST, family_names: 2 }
}

const LATIN_FIRST: &[&str] = &[
    "Yuliana",
    "Carlos Andrés",
    "Daniela",
    "Jhon Jairo",
    "Valentina",
    "Luis Alberto",
    "Rosa Elena",
    "Wilmer",
    "Génesis",
    "Miguel Ángel",
    "Katherine",
    "Héctor",
    "Maribel",
    "Freddy",
    "Gabriela",
    "Óscar Iván",
    "Yesenia",
    "Ramón",
    "Estefanía",
    "Julio César",
    "Paola",
    "Édgar",
    "Milagros",
    "Álvaro José",
];
const LATIN_LAST: &[&str] = &[
    "Rodríguez",
    "González",
    "Pérez",
    "Quispe",
    "Mamani",
    "Restrepo",
    "Cárdenas",
    "Rivas",
    "Zambrano",
    "Cedeño",
    "Ramírez",
    "Vargas",
    "Castañeda",
    "Mejía",
    "Hernández",
    "Flores",
    "Benítez",
    "Ayala",
    "Chávez",
    "Arango",
    "Salazar",
    "Ortiz",
    "Núñez",
    "Paredes",
];
const MAGHREB_FIRST: &[&str] =
    &["Mohamed", "Fátima", "Youssef", "Nadia", "Ahmed", "Khadija", "Omar", "Amina", "Rachid", "Samira", "Hassan"];
const MAGHREB_LAST: &[&str] =
    &["El Amrani", "Benali", "Bouzid", "Alaoui", "Haddad", "Mansouri", "El Idrissi", "Cherkaoui", "Ziani", "Bennani"];
const EAST_FIRST: &[&str] =
    &["Olena", "Andriy", "Ioana", "Mihai", "Kateryna", "Dmytro", "Elena", "Vasile", "Oksana", "Bogdan"];
const EAST_LAST: &[&str] =
    &["Shevchenko", "Popescu", "Kovalenko", "Ionescu", "Bondarenko", "Petrov", "Dumitru", "Tkachenko", "Stan", "Moroz"];
const WEST_FIRST: &[&str] = &["Fatou", "Moussa", "Aminata", "Ibrahima", "Awa", "Cheikh", "Mariama", "Ousmane"];
const WEST_LAST: &[&str] = &["Diop", "Ndiaye", "Fall", "Sarr", "Traoré", "Diallo", "Keita", "Cissé"];
const SOUTH_FIRST: &[&str] = &["Muhammad Ali", "Ayesha", "Imran", "Sana", "Bilal", "Hina", "Usman", "Zara"];
const SOUTH_LAST: &[&str] = &["Khan", "Ahmed", "Hussain", "Malik", "Butt", "Iqbal", "Sheikh", "Raza"];

/// Where contacts come from, repeated according to frequency.
pub const ORIGINS: &[&Origin] = &[
    &latin("Colombia"),
    &latin("Colombia"),
    &latin("Venezuela"),
    &latin("Venezuela"),
    &latin("Perú"),
    &latin("Perú"),
    &latin("Honduras"),
    &latin("Ecuador"),
    &latin("Argentina"),
    &latin("Bolivia"),
    &latin("República Dominicana"),
    &latin("Cuba"),
    &latin("Paraguay"),
    &latin("Nicaragua"),
    &origin("Marruecos", MAGHREB_FIRST, MAGHREB_LAST),
    &origin("Marruecos", MAGHREB_FIRST, MAGHREB_LAST),
    &origin("Argelia", MAGHREB_FIRST, MAGHREB_LAST),
    &origin("Ucrania", EAST_FIRST, EAST_LAST),
    &origin("Rumanía", EAST_FIRST, EAST_LAST),
    &origin("Senegal", WEST_FIRST, WEST_LAST),
    &origin("Pakistán", SOUTH_FIRST, SOUTH_LAST),
];

/// City, province, and the first two digits of its postal codes.
pub const CITIES: &[(&str, &str, &str)] = &[
    ("Madrid", "Madrid", "28"),
    ("Barcelona", "Barcelona", "08"),
    ("València", "València", "46"),
    ("Sevilla", "Sevilla", "41"),
    ("Zaragoza", "Zaragoza", "50"),
    ("Málaga", "Málaga", "29"),
    ("Murcia", "Murcia", "30"),
    ("Palma", "Illes Balears", "07"),
    ("Bilbao", "Bizkaia", "48"),
    ("Alicante", "Alicante", "03"),
    ("Córdoba", "Córdoba", "14"),
    ("Valladolid", "Valladolid", "47"),
    ("Vigo", "Pontevedra", "36"),
    ("Gijón", "Asturias", "33"),
    ("L'Hospitalet de Llobregat", "Barcelona", "08"),
    ("A Coruña", "A Coruña", "15"),
    ("Granada", "Granada", "18"),
    ("Almería", "Almería", "04"),
    ("Donostia-San Sebastián", "Gipuzkoa", "20"),
    ("Logroño", "La Rioja", "26"),
    ("Cádiz", "Cádiz", "11"),
    ("León", "León", "24"),
    ("Las Palmas de Gran Canaria", "Las Palmas", "35"),
];

/// Streets.
pub const STREETS: &[&str] = &[
    "Calle Mayor",
    "Calle de Alcalá",
    "Avenida de la Constitución",
    "Calle San Juan",
    "Paseo del Prado",
    "Gran Vía",
    "Calle del Carmen",
    "Avenida de Andalucía",
    "Calle Nueva",
    "Plaza de España",
    "Calle Real",
    "Ronda de Atocha",
];

/// How long people have been in Spain.
pub const TIMES_IN_SPAIN: &[&str] =
    &["menos de 6 meses", "6 meses", "1 año", "2 años", "3 años", "4 años", "5 años", "más de 5 años"];

/// What they came for.
pub const PRODUCTS: &[&str] = &[
    "arraigo-social",
    "arraigo-sociolaboral",
    "arraigo-familiar",
    "arraigo-formacion",
    "nacionalidad",
    "renovacion-tie",
    "reagrupacion-familiar",
    "asilo",
    "visado-nomada-digital",
    "homologacion-titulo",
];

/// How they came.
pub const SOURCES: &[&str] =
    &["formulario web", "llamada", "WhatsApp", "Facebook", "Instagram", "Google", "recomendación", "TikTok", "oficina"];

/// Why they were noticed.
pub const REASONS: &[&str] = &[
    "Cumple dos años de estancia",
    "Pidió que le llamaran",
    "Completó el cuestionario",
    "Preguntó por precios",
    "Su permiso caduca en 60 días",
    "Tiene oferta de trabajo",
    "Familiar de ciudadano español",
    "Volvió a la página tres veces",
    "Respondió a la campaña",
    "Descargó la guía de arraigo",
];

/// What is noted about an opportunity.
pub const NOTES: &[&str] = &[
    "Prefiere que le llamen por la tarde",
    "Habla poco español; buscar intérprete",
    "Falta el certificado de empadronamiento",
    "Envía la documentación por correo",
    "Ya tiene cita en Extranjería",
    "Pregunta por el pago a plazos",
    "Contactar también con su pareja",
    "Solo puede atender en fin de semana",
    "Pasaporte caducado: hay que renovarlo",
];

/// What is noted when leads are assigned.
pub const CAMPAIGNS: &[&str] = &[
    "Campaña de arraigo",
    "Campaña de nacionalidad",
    "Llamar antes de 24 horas",
    "Vienen de la feria de Madrid",
    "Responder por WhatsApp primero",
];

/// What is noted when old leads are called again.
pub const CALL_AGAIN: &str = "Segunda vuelta: llamar otra vez a los más antiguos";

/// What is noted when somebody's leads go to another.
pub const HANDED_OVER: &str = "Traspaso de Yolanda, que deja el despacho";

/// What is noted about a call.
pub const fn call_notes(status: AttemptStatus) -> &'static [&'static str] {
    match status {
        AttemptStatus::Orange => &["No contesta", "Buzón de voz", "Comunica", "Pide que llamemos mañana"],
        AttemptStatus::Red => &["No le interesa", "Ya lo lleva otro despacho", "Número equivocado"],
        AttemptStatus::Green => &["Interesado, envía documentos", "Cita concertada", "Quiere presupuesto"],
    }
}
