//! The one table of problems: code, status, and what people read in Spanish and English. The API document lists
//! exactly these; a test walks them all.
//!
//! Two languages and no plurals: a table that the compiler checks beats a catalogue that is loaded.

use axum::http::StatusCode;
use reparto_domain::{Refusal, json::Bound, opportunities::ItemError};
use serde_json::{Value, json};

use super::{
    Language,
    problem::{Fault, Kind, Problem},
};

/// A row of the table.
#[derive(Debug)]
pub struct Message {
    /// The stable code.
    pub code: &'static str,
    /// The HTTP status.
    pub status: StatusCode,
    title: (&'static str, &'static str),
    detail: (&'static str, &'static str),
}

impl Message {
    /// The short, constant title.
    pub const fn title(&self, language: Language) -> &'static str {
        language.pick(self.title.0, self.title.1)
    }

    /// What a person can act on; `{…}` stands for what the problem names.
    pub const fn template(&self, language: Language) -> &'static str {
        language.pick(self.detail.0, self.detail.1)
    }
}

/// The row of a code.
pub fn message(code: &str) -> &'static Message {
    TABLE.iter().find(|row| row.code == code).unwrap_or(&UNKNOWN)
}

/// The text of a problem.
pub fn detail(problem: &Problem, language: Language) -> String {
    let template = message(problem.code()).template(language);
    match problem {
        Problem::Refused(Refusal::DailyQuotaReached { quota }) => template.replace("{max}", &quota.to_string()),
        Problem::Refused(Refusal::TooManyWebhooks { max }) => template.replace("{max}", &max.to_string()),
        Problem::Refused(Refusal::ListTooLong { max }) | Problem::TooLarge { max } => {
            template.replace("{max}", &max.to_string())
        }
        Problem::TooManyValues => language
            .pick(
                "El cuerpo tiene demasiados valores, objetos o listas",
                "The body has too many values, objects or lists",
            )
            .into(),
        Problem::Refused(Refusal::ListHasDuplicates { ids }) => template.replace("{ids}", &shortened(ids).join(", ")),
        Problem::Refused(Refusal::AssigneeRoleNotAssignable { roles }) => {
            template.replace("{roles}", &roles.to_string())
        }
        Problem::Refused(Refusal::NothingDone { failed }) => template.replace("{n}", &failed.len().to_string()),
        Problem::File { values, .. } => {
            values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
        }
        Problem::TooMany { retry_after } | Problem::SignInPaused { retry_after } => {
            template.replace("{seconds}", &retry_after.to_string())
        }
        Problem::Invalid(errors) => {
            let faults: Vec<String> =
                errors.iter().take(5).map(|e| format!("{}: {}", e.field, fault(&e.fault, language))).collect();
            template.replace("{faults}", &faults.join("; "))
        }
        _ => template.to_owned(),
    }
}

/// Whether the problem with this code lists fields.
pub fn has_fields(code: &str) -> bool {
    matches!(
        code,
        "validation_failed"
            | "body_not_an_object"
            | "contact_without_name"
            | "password_too_common"
            | "password_unchanged"
            | "page_too_large"
            | "absence_ends_first"
    )
}

/// The body of a problem as the API document shows it.
pub fn sample(message: &Message, path: &str) -> Value {
    let language = Language::Spanish;
    let samples = [
        ("{max}", "100"),
        ("{ids}", "0190a6e0-7c1b-7abc-8def-0123456789ab"),
        ("{roles}", "agent, lawyer, admin"),
        ("{n}", "2"),
        ("{seconds}", "4"),
        ("{faults}", "limit: debe estar entre 1 y 1000"),
        ("{columns}", "id, valor"),
        ("{line}", "2"),
        ("{text}", "05/06/2026"),
        ("{day_line}", "2"),
        ("{day}", "16/06/2026"),
        ("{month_line}", "3"),
        ("{month}", "06/16/2026"),
    ];
    let template = message.template(language).to_owned();
    let detail = samples.iter().fold(template, |text, (name, value)| text.replace(name, value));
    let mut sample = json!({
        "type": format!("urn:reparto:problem:{}", message.code),
        "title": message.title(language),
        "status": message.status.as_u16(),
        "detail": detail,
        "instance": path,
        "code": message.code,
        "request_id": "0190a6e0-7c1b-7abc-8def-0123456789ab",
    });
    if has_fields(message.code) {
        let (field, fault) = match message.code {
            "body_not_an_object" => ("body", Fault::Type(Kind::Object)),
            "password_too_common" => ("password", Fault::TooCommon),
            "password_unchanged" => ("new_password", Fault::Unchanged),
            "page_too_large" => ("limit", Fault::PageTooLarge),
            "absence_ends_first" => ("ends_at", Fault::NotAfter),
            _ => ("limit", Fault::Range { min: 1, max: 1_000 }),
        };
        let text = self::fault(&fault, language);
        sample["error"] = json!(true);
        sample["message"] = sample["detail"].clone();
        sample["errors"] = json!([{"field": field, "message": text, "type": fault_type(&fault)}]);
        sample["field_errors"] = json!({ field: text });
    }
    sample
}

/// The first few ids, each cut to a harmless length: input is never echoed whole.
fn shortened(ids: &[String]) -> Vec<String> {
    ids.iter().take(10).map(|id| id.chars().take(64).collect()).collect()
}

/// The text of an item error.
pub fn item_error(error: &ItemError, language: Language) -> String {
    match error {
        ItemError::NotFound => language.pick("Oportunidad no encontrada", "Opportunity not found").into(),
        ItemError::HeldByAnother { holder: Some((_, name)) } => {
            let name = language.name(name.clone());
            match language {
                Language::Spanish => format!("La oportunidad está asignada a {name}"),
                Language::English => format!("The opportunity is assigned to {name}"),
            }
        }
        ItemError::HeldByAnother { holder: None } => {
            language.pick("La oportunidad no está asignada a nadie", "The opportunity is not assigned to anyone").into()
        }
        ItemError::DoNotContact => language
            .pick(
                "Esta persona pidió que no se la contactara, o sus datos se han borrado",
                "This person asked not to be contacted, or was erased",
            )
            .into(),
        ItemError::Touched { .. } => {
            language.pick("La oportunidad ha cambiado desde entonces", "The opportunity has changed since then").into()
        }
        ItemError::EarlierHolderInactive { holder: (_, name) } => {
            let name = language.name(name.clone());
            match language {
                Language::Spanish => format!("El titular anterior, {name}, ya no está activo"),
                Language::English => format!("The previous holder, {name}, is no longer active"),
            }
        }
        ItemError::EarlierHolderNotAssignable { holder: (_, name) } => {
            let name = language.name(name.clone());
            match language {
                Language::Spanish => format!("El titular anterior, {name}, ya no puede tener oportunidades"),
                Language::English => format!("The previous holder, {name}, can no longer hold opportunities"),
            }
        }
    }
}

/// The kind of a fault, for programs.
pub const fn fault_type(fault: &Fault) -> &'static str {
    match fault {
        Fault::Missing | Fault::OneOfFields(_) => "missing",
        Fault::Type(_) => "type_error",
        Fault::NotOneOf(_) => "enum",
        Fault::Range { .. } => "out_of_range",
        Fault::Length { .. } => "length",
        Fault::Email => "email",
        Fault::Time => "datetime",
        Fault::Cursor => "cursor",
        Fault::Url | Fault::NotHttps => "url",
        Fault::NotBoth(_) => "exclusive",
        Fault::Secret => "secret",
        Fault::Bound(Bound::Bytes) => "too_large",
        Fault::Bound(Bound::Depth) => "too_deep",
        Fault::Bound(Bound::Keys) => "too_many_keys",
        Fault::PageTooLarge => "page_too_large",
        Fault::SheetTooLarge => "sheet_too_large",
        Fault::Character => "character",
        Fault::Unknown => "unknown_field",
        Fault::Blank => "blank",
        Fault::NotKnown => "not_known",
        Fault::NotInFile => "not_in_file",
        Fault::Size { .. } => "size",
        Fault::TooCommon => "too_common",
        Fault::Unchanged => "unchanged",
        Fault::TimeOfDay => "time",
        Fault::Day => "date",
        Fault::Items { .. } => "too_many",
        Fault::NotAfter => "not_after",
        Fault::Decimals { .. } => "too_many_decimals",
        Fault::Zero => "zero",
    }
}

/// The text of a fault.
pub fn fault(fault: &Fault, language: Language) -> String {
    let es = language == Language::Spanish;
    match fault {
        Fault::Missing => language.pick("es obligatorio", "is required").into(),
        Fault::Type(kind) => {
            let name = kind_name(*kind, language);
            if es { format!("debe ser {name}") } else { format!("must be {name}") }
        }
        Fault::NotOneOf(values) => {
            let values = values.join(", ");
            if es { format!("debe ser uno de: {values}") } else { format!("must be one of: {values}") }
        }
        Fault::Range { min, max: i64::MAX } => {
            if es {
                format!("debe ser al menos {min}")
            } else {
                format!("must be at least {min}")
            }
        }
        Fault::Range { min, max } => {
            if es {
                format!("debe estar entre {min} y {max}")
            } else {
                format!("must be between {min} and {max}")
            }
        }
        Fault::Length { min: 0, max } => at_most(*max, "caracteres", "characters", language),
        Fault::Length { min, max } => {
            if es {
                format!("debe tener entre {min} y {max} caracteres")
            } else {
                format!("must have between {min} and {max} characters")
            }
        }
        Fault::Email => {
            language.pick("debe ser una dirección de correo electrónico válida", "must be a valid email address").into()
        }
        Fault::Time => language.pick("debe ser una fecha RFC 3339", "must be an RFC 3339 date or time").into(),
        Fault::Cursor => language
            .pick("no es un cursor de esta lista en este orden", "is not a cursor of this list in this order")
            .into(),
        Fault::Url => language.pick("no es una URL permitida", "is not an allowed URL").into(),
        Fault::NotHttps => language.pick("debe empezar por https://", "must begin with https://").into(),
        Fault::OneOfFields(fields) => {
            let fields = fields.join(", ");
            if es {
                format!("se necesita al menos uno de: {fields}")
            } else {
                format!("at least one of these is required: {fields}")
            }
        }
        Fault::NotBoth(fields) => {
            let fields = fields.join(", ");
            if es {
                format!("solo se admite uno de: {fields}")
            } else {
                format!("only one of these is allowed: {fields}")
            }
        }
        Fault::Secret => language
            .pick(
                "debe ser whsec_ seguido de 24 a 64 bytes en base64",
                "must be whsec_ followed by 24 to 64 bytes in base64",
            )
            .into(),
        Fault::SheetTooLarge => language
            .pick(
                "no cabe en un libro de Excel (1.048.575 filas y 32.767 caracteres por celda): use CSV",
                "does not fit into an Excel workbook (1,048,575 rows and 32,767 characters in a cell): use CSV",
            )
            .into(),
        Fault::PageTooLarge => language.pick("debe ser menor", "must be lower").into(),
        Fault::Bound(bound) => bound_text(*bound, es),
        Fault::TooCommon => language
            .pick("es demasiado común, o es el correo electrónico", "is too common, or is the email address")
            .into(),
        Fault::TimeOfDay => language.pick("debe ser una hora como 09:00", "must be a time of day such as 09:00").into(),
        Fault::Day => language.pick("debe ser un día como 2026-12-25", "must be a day such as 2026-12-25").into(),
        Fault::Items { max } => at_most(*max, "elementos", "items", language),
        Fault::NotAfter => language.pick("debe ser posterior al inicio", "must be after the start").into(),
        Fault::Decimals { max } => at_most(usize::from(*max), "decimales", "decimals", language),
        Fault::Zero => language.pick("no debe ser 0", "must not be 0").into(),
        Fault::Unchanged => language.pick("debe ser distinta de la actual", "must differ from the current one").into(),
        Fault::Character => {
            language.pick("contiene un carácter no permitido", "contains a character that is not allowed").into()
        }
        Fault::Unknown => language.pick("no es un campo conocido", "is not a known field").into(),
        Fault::Blank => {
            language.pick("no puede ser null ni estar vacío; omítalo", "must not be null or empty; leave it out").into()
        }
        Fault::NotKnown => language.pick("no es un nombre conocido", "is not a known name").into(),
        Fault::NotInFile => language.pick("no está en el archivo", "is not in the file").into(),
        Fault::Size { max } => {
            if es {
                format!("debe ocupar como máximo {max} bytes")
            } else {
                format!("must take at most {max} bytes")
            }
        }
    }
}

/// The text of a value that has too many of something.
fn at_most(max: usize, spanish: &'static str, english: &'static str, language: Language) -> String {
    match language {
        Language::Spanish => format!("debe tener como máximo {max} {spanish}"),
        Language::English => format!("must have at most {max} {english}"),
    }
}

/// The text of a bound that is exceeded, in Spanish or in English.
fn bound_text(bound: Bound, es: bool) -> String {
    let max = bound.max();
    match bound {
        Bound::Bytes if es => format!("ocupa demasiado: como máximo {max} bytes de JSON"),
        Bound::Bytes => format!("is too large: at most {max} bytes of JSON"),
        Bound::Depth if es => format!("tiene demasiados niveles: como máximo {max}"),
        Bound::Depth => format!("is nested too deep: at most {max} levels"),
        Bound::Keys if es => format!("tiene demasiadas claves: como máximo {max} en total"),
        Bound::Keys => format!("has too many keys: at most {max} in all"),
    }
}

const fn kind_name(kind: Kind, language: Language) -> &'static str {
    match kind {
        Kind::String => language.pick("un texto", "a string"),
        Kind::Integer => language.pick("un número entero", "an integer"),
        Kind::Boolean => language.pick("verdadero o falso", "true or false"),
        Kind::Object => language.pick("un objeto", "an object"),
        Kind::List => language.pick("una lista", "a list"),
        Kind::ListOfStrings => language.pick("una lista de textos", "a list of strings"),
        Kind::StringOrNull => language.pick("un texto o null", "a string or null"),
        Kind::Uuid => language.pick("un UUID", "a UUID"),
        Kind::StringOrObject => language.pick("un texto o un objeto", "a string or an object"),
        Kind::Number => language.pick("un número", "a number"),
        Kind::StringOrInteger => language.pick("un texto o un número entero", "a string or an integer"),
    }
}

/// For a status that only a library knows.
static UNKNOWN: Message = Message {
    code: "http_error",
    status: StatusCode::BAD_REQUEST,
    title: ("Petición no válida", "Invalid request"),
    detail: ("La petición no se puede atender", "The request cannot be served"),
};

/// Every problem.
pub static TABLE: &[Message] = &rows();

macro_rules! table {
    ($($code:literal $status:ident $title_es:literal $title_en:literal $detail_es:literal $detail_en:literal;)*) => {
        const fn rows() -> [Message; [$($code),*].len()] {
            [$(Message {
                code: $code,
                status: StatusCode::$status,
                title: ($title_es, $title_en),
                detail: ($detail_es, $detail_en),
            }),*]
        }
    };
}

table! {
    "token_missing" UNAUTHORIZED "No autenticado" "Not signed in"
        "Falta el token de acceso" "The access token is missing";
    "token_invalid" UNAUTHORIZED "No autenticado" "Not signed in"
        "Token de acceso no válido o caducado" "The access token is invalid or expired";
    "token_revoked" UNAUTHORIZED "No autenticado" "Not signed in"
        "El token de acceso ya no es válido; vuelva a iniciar sesión" "The access token is no longer valid; sign in again";
    "account_inactive" UNAUTHORIZED "No autenticado" "Not signed in"
        "La cuenta no existe o está desactivada" "The account does not exist or is deactivated";
    "credentials_invalid" UNAUTHORIZED "No autenticado" "Not signed in"
        "Correo electrónico o contraseña incorrectos" "Wrong email address or password";
    "totp_required" UNAUTHORIZED "Falta el segundo factor" "Second factor needed"
        "Escriba también el código de su aplicación de autenticación, o un código de recuperación" "Enter the code of your authenticator app as well, or a recovery code";
    "totp_code_wrong" UNAUTHORIZED "Código incorrecto" "Wrong code"
        "El código no es correcto o ya se ha usado; espere al siguiente" "The code is wrong or was used before; wait for the next one";
    "reset_token_invalid" FORBIDDEN "Enlace no válido" "Invalid link"
        "El enlace para la nueva contraseña no es válido, ya se ha usado o ha caducado; pida otro a un administrador" "The link for a new password is not valid, was used before or has expired; ask an administrator for another";
    "password_must_change" FORBIDDEN "Cambie su contraseña" "Change your password"
        "Otra persona puso su contraseña: elija una nueva antes de continuar" "Someone else set your password: choose a new one before you go on";
    "totp_set_up_required" FORBIDDEN "Configure el segundo factor" "Set up the second factor"
        "Su cuenta necesita un segundo factor: configúrelo, o inicie sesión con él, antes de continuar" "Your account needs a second factor: set it up, or sign in with it, before you go on";
    "current_password_wrong" FORBIDDEN "Contraseña incorrecta" "Wrong password"
        "La contraseña actual no es correcta" "The current password is wrong";
    "totp_confirmation_wrong" FORBIDDEN "Código incorrecto" "Wrong code"
        "El código no es correcto; compruebe la hora de su teléfono y escriba el que se muestra ahora" "The code is wrong; check the time on your phone and enter the code shown now";
    "reset_of_oneself" FORBIDDEN "Use su contraseña actual" "Use your current password"
        "Para cambiar su propia contraseña escriba la actual; el enlace es para otras personas" "To change your own password, enter the current one; the link is for others";
    "password_too_common" UNPROCESSABLE_ENTITY "Contraseña demasiado común" "Password too common"
        "Es una de las contraseñas más usadas o su propio correo electrónico; elija otra" "This is one of the most used passwords or your own email address; choose another";
    "password_unchanged" UNPROCESSABLE_ENTITY "Contraseña sin cambios" "Password not changed"
        "La contraseña nueva debe ser distinta de la actual; elija otra" "The new password must differ from the current one; choose another";
    "session_not_found" NOT_FOUND "No encontrada" "Not found"
        "La sesión no existe o ya ha terminado" "The session does not exist or has already ended";
    "totp_not_found" NOT_FOUND "Sin segundo factor" "No second factor"
        "La cuenta no tiene segundo factor, o no hay ninguno por confirmar" "The account has no second factor, or none waits to be confirmed";
    "totp_exists" CONFLICT "Ya existe" "Already exists"
        "La cuenta ya tiene un segundo factor; elimínelo primero" "The account already has a second factor; remove it first";
    "sign_in_paused" TOO_MANY_REQUESTS "Demasiados intentos" "Too many attempts"
        "Demasiados intentos fallidos con esta cuenta; vuelva a intentarlo en {seconds} segundos" "Too many failed attempts with this account; try again in {seconds} seconds";
    "sign_in_busy" SERVICE_UNAVAILABLE "Muchos inicios de sesión" "Many sign-ins"
        "Hay muchos inicios de sesión a la vez; vuelva a intentarlo en unos segundos" "Many people are signing in at once; try again in a few seconds";
    "refresh_token_invalid" UNAUTHORIZED "No autenticado" "Not signed in"
        "Token de refresco no válido o caducado" "The refresh token is invalid or expired";
    "first_run_token_invalid" FORBIDDEN "Código no válido" "Invalid token"
        "El código de un solo uso no es válido; use el último que el servicio escribió al arrancar" "The one-time token is not valid; use the one that the service printed when it last started";
    "first_run_over" CONFLICT "Ya está en uso" "Already in use"
        "Ya existe un usuario; inicie sesión" "A user already exists; sign in";
    "staff_only" FORBIDDEN "Sin permiso" "Not allowed"
        "Solo agentes, abogados y administradores tienen acceso al CRM" "Only agents, lawyers and administrators have access to the CRM";
    "administrators_only" FORBIDDEN "Sin permiso" "Not allowed"
        "Solo los administradores pueden hacer esto" "Only administrators can do this";
    "bulk_assign_administrators_only" FORBIDDEN "Sin permiso" "Not allowed"
        "Solo administradores pueden asignar oportunidades en bulk" "Only administrators can assign opportunities in bulk";
    "bulk_unassign_administrators_only" FORBIDDEN "Sin permiso" "Not allowed"
        "Solo administradores pueden desasignar oportunidades en bulk" "Only administrators can unassign opportunities in bulk";
    "superuser_only" FORBIDDEN "Sin permiso" "Not allowed"
        "Solo un superusuario puede crear, nombrar o cambiar a un superusuario" "Only a superuser can create, appoint or change a superuser";
    "not_your_opportunity" FORBIDDEN "Sin permiso" "Not allowed"
        "No tiene permisos para actualizar esta oportunidad" "You do not have permission to update this opportunity";
    "not_your_contact" FORBIDDEN "Sin permiso" "Not allowed"
        "No tiene permisos para actualizar este contacto" "You do not have permission to update this contact";
    "self_assign_only" FORBIDDEN "Sin permiso" "Not allowed"
        "Solo puede asignarse oportunidades a sí mismo" "You can only assign opportunities to yourself";
    "hand_over_administrators_only" FORBIDDEN "Sin permiso" "Not allowed"
        "Solo los administradores pueden cambiar a quién está asignada una oportunidad" "Only administrators can change who holds an opportunity";
    "responsible_administrators_only" FORBIDDEN "Sin permiso" "Not allowed"
        "Solo los administradores pueden cambiar el responsable de un contacto" "Only administrators can change who is responsible for a contact";
    "self_service_required" FORBIDDEN "Sin permiso" "Not allowed"
        "Ninguno de sus equipos permite que sus miembros se pongan en pausa o registren sus ausencias; pídaselo a un administrador" "None of your teams lets its members pause themselves or enter their absences; ask an administrator";
    "own_absences_only" FORBIDDEN "Sin permiso" "Not allowed"
        "Solo puede registrar sus propias ausencias" "You can only enter your own absences";
    "list_empty" BAD_REQUEST "Lista vacía" "Empty list"
        "Lista de IDs de oportunidades vacía" "The list of opportunity ids is empty";
    "list_too_long" BAD_REQUEST "Lista demasiado larga" "List too long"
        "La lista de oportunidades debe contener entre 1 y {max} elementos" "The list of opportunities must have between 1 and {max} items";
    "list_has_duplicates" BAD_REQUEST "IDs duplicados" "Duplicate ids"
        "La lista contiene IDs duplicados: {ids}" "The list contains duplicate ids: {ids}";
    "random_count_invalid" BAD_REQUEST "Número no válido" "Invalid number"
        "El parámetro 'count' debe ser un número entre 1 y 100" "The parameter 'count' must be a number between 1 and 100";
    "random_assignee_invalid" BAD_REQUEST "Usuario no válido" "Invalid user"
        "El usuario especificado no existe o no es válido" "The user does not exist or is not valid";
    "assignee_not_found" NOT_FOUND "Usuario no encontrado" "User not found"
        "Usuario asignado no encontrado" "Assigned user not found";
    "assignee_inactive" NOT_FOUND "Usuario no encontrado" "User not found"
        "Usuario asignado no encontrado o inactivo" "Assigned user not found or inactive";
    "assignee_role_not_assignable" BAD_REQUEST "Rol no asignable" "Role not assignable"
        "El usuario asignado debe tener uno de los siguientes roles: {roles}" "The assigned user must have one of these roles: {roles}";
    "opportunity_not_found" NOT_FOUND "No encontrada" "Not found"
        "Oportunidad no encontrada" "Opportunity not found";
    "contact_not_found" NOT_FOUND "No encontrado" "Not found"
        "Contacto no encontrado" "Contact not found";
    "user_not_found" NOT_FOUND "No encontrado" "Not found"
        "Usuario no encontrado" "User not found";
    "operation_not_found" NOT_FOUND "No encontrada" "Not found"
        "Operación no encontrada" "Operation not found";
    "job_not_found" NOT_FOUND "No encontrado" "Not found"
        "Trabajo no encontrado" "Job not found";
    "job_ended" CONFLICT "Ya terminado" "Already ended"
        "El trabajo ya ha terminado" "The job has already ended";
    "job_running" CONFLICT "En curso" "Still running"
        "El trabajo todavía no ha terminado; cancélelo o espere" "The job has not ended yet; cancel it or wait for it";
    "too_many_jobs" CONFLICT "Demasiados trabajos" "Too many jobs"
        "Hay demasiados trabajos en cola o en curso; espere a que termine alguno" "Too many jobs are queued or running; wait until one ends";
    "job_not_resumable" CONFLICT "No se puede reanudar" "Cannot be resumed"
        "Solo se puede reanudar un trabajo cancelado o fallido cuyos detalles se conservan" "Only a job that was cancelled or failed, and whose details are still kept, can be resumed";
    "import_not_found" NOT_FOUND "No encontrada" "Not found"
        "Importación no encontrada" "Import not found";
    "import_running" CONFLICT "En curso" "Still running"
        "La importación todavía no ha terminado; espere a que termine" "The import has not ended yet; wait until it ends";
    "import_undone" CONFLICT "Ya deshecha" "Already undone"
        "La importación ya se ha deshecho" "The import has already been undone";
    "too_many_imports" CONFLICT "Demasiadas importaciones" "Too many imports"
        "Hay demasiadas importaciones en curso; espere a que termine alguna" "Too many imports are under way; wait until one ends";
    "file_type_unsupported" UNSUPPORTED_MEDIA_TYPE "Tipo no admitido" "Unsupported type"
        "El archivo debe enviarse como text/csv, como libro de Excel o en un formulario multipart/form-data" "The file must be sent as text/csv, as an Excel workbook, or in a multipart/form-data form";
    "file_missing" UNPROCESSABLE_ENTITY "Falta el archivo" "No file"
        "El formulario no tiene ningún archivo con el nombre file" "The form has no file of the name file";
    "file_not_alone" UNPROCESSABLE_ENTITY "Más de un archivo" "More than one file"
        "El formulario tiene más de un archivo; envíe cada uno por separado" "The form has more than one file; send each by itself";
    "file_empty" UNPROCESSABLE_ENTITY "Archivo vacío" "Empty file"
        "El archivo está vacío: la primera línea debe nombrar las columnas" "The file is empty: its first line must name the columns";
    "file_not_a_table" UNPROCESSABLE_ENTITY "No es una tabla" "Not a table"
        "El archivo no es un CSV ni un libro de Excel; expórtelo como CSV" "The file is neither CSV nor an Excel workbook; export it as CSV";
    "file_not_a_table_line" UNPROCESSABLE_ENTITY "No es una tabla" "Not a table"
        "La línea {line} es demasiado larga: el archivo no es un CSV" "Line {line} is too long: the file is not CSV";
    "file_unreadable" UNPROCESSABLE_ENTITY "Archivo ilegible" "Unreadable file"
        "No se ha podido leer el archivo" "The file could not be read";
    "file_web_page" UNPROCESSABLE_ENTITY "Es una página web" "A web page"
        "El archivo es una página web, aunque su nombre diga otra cosa; ábralo en una hoja de cálculo y guárdelo como CSV o como libro de Excel (.xlsx)" "The file is a web page, whatever its name says; open it in a spreadsheet, and save it as CSV or as an Excel workbook (.xlsx)";
    "file_json" UNPROCESSABLE_ENTITY "Es JSON" "JSON"
        "El archivo es JSON, no una tabla; expórtelo como CSV o como libro de Excel (.xlsx)" "The file is JSON, not a table; export it as CSV or as an Excel workbook (.xlsx)";
    "file_xml" UNPROCESSABLE_ENTITY "Es XML" "XML"
        "El archivo es XML, no una tabla; expórtelo como CSV o como libro de Excel (.xlsx)" "The file is XML, not a table; export it as CSV or as an Excel workbook (.xlsx)";
    "file_cards" UNPROCESSABLE_ENTITY "Son tarjetas de contacto" "Contact cards"
        "El archivo contiene tarjetas de contacto (vCard), no una tabla; exporte los contactos como CSV" "The file contains contact cards (vCard), not a table; export the contacts as CSV";
    "file_archive" UNPROCESSABLE_ENTITY "Archivo comprimido" "Compressed file"
        "El archivo está comprimido; descomprímalo y envíe el que contiene" "The file is compressed; unpack it and send the file in it";
    "file_other_document" UNPROCESSABLE_ENTITY "Otro tipo de documento" "Another kind of document"
        "El archivo es de otro programa, no un libro de Excel; guárdelo como CSV o como libro de Excel (.xlsx)" "The file belongs to another program and is no Excel workbook; save it as CSV or as an Excel workbook (.xlsx)";
    "header_missing" UNPROCESSABLE_ENTITY "Faltan los nombres de las columnas" "No names of columns"
        "La línea {line} debe nombrar las columnas, pero parece un contacto; añada encima una línea con los nombres, por ejemplo nombre, correo y teléfono" "Line {line} should name the columns, but looks like a lead; add a line above it with the names, for example name, email and phone";
    "header_quotes" UNPROCESSABLE_ENTITY "Comillas sin cerrar" "Unclosed quotation mark"
        "En la línea {line}, que debe nombrar las columnas, unas comillas no se cierran o hay texto tras unas que se cierran" "In line {line}, which should name the columns, a quotation mark is not closed, or there is text after a closing one";
    "form_incomplete" BAD_REQUEST "Formulario incompleto" "Incomplete form"
        "El formulario con el archivo ha llegado incompleto o mal formado; envíelo de nuevo" "The form with the file arrived incomplete or malformed; send it again";
    "workbook_protected" UNPROCESSABLE_ENTITY "Libro protegido" "Protected workbook"
        "El libro de Excel está protegido con contraseña; guárdelo sin ella" "The workbook is protected with a password; save it without one";
    "workbook_old" UNPROCESSABLE_ENTITY "Libro de un Excel antiguo" "Workbook of an old Excel"
        "El archivo es un libro de Excel anterior a 2007 (.xls); guárdelo como .xlsx o como CSV" "The file is a workbook of Excel before 2007 (.xls); save it as .xlsx or as CSV";
    "workbook_without_sheet" UNPROCESSABLE_ENTITY "Libro sin hojas" "Workbook without sheets"
        "El libro de Excel no tiene ninguna hoja visible con celdas" "The workbook has no visible sheet with cells";
    "workbook_too_large" UNPROCESSABLE_ENTITY "Libro demasiado grande" "Workbook too large"
        "El libro de Excel ocupa demasiado al descomprimirlo; guarde la hoja como CSV" "The workbook is too large once unpacked; save the sheet as CSV";
    "workbook_unreadable" UNPROCESSABLE_ENTITY "Libro ilegible" "Unreadable workbook"
        "El libro de Excel está incompleto o dañado; ábralo en Excel y guárdelo de nuevo, o expórtelo como CSV" "The workbook is incomplete or damaged; open it in Excel and save it again, or export it as CSV";
    "columns_not_recognised" UNPROCESSABLE_ENTITY "Columnas desconocidas" "Unknown columns"
        "Ninguna columna parece un nombre, un correo electrónico o un teléfono; indique cuál es con mapping. Las columnas son: {columns}" "No column looks like a name, an email address or a phone number; say which is which with mapping. The columns are: {columns}";
    "date_order_ambiguous" UNPROCESSABLE_ENTITY "Fechas ambiguas" "Ambiguous dates"
        "Línea {line}: {text} puede empezar por el día o por el mes, y ninguna fecha del archivo lo aclara; indique date_order=dmy (primero el día) o date_order=mdy (primero el mes)" "Line {line}: {text} may begin with the day or with the month, and no date of the file tells which; give date_order=dmy (day first) or date_order=mdy (month first)";
    "date_order_mixed" UNPROCESSABLE_ENTITY "Fechas contradictorias" "Contradictory dates"
        "Línea {day_line}: {day} empieza por el día, y línea {month_line}: {month} por el mes; indique date_order=dmy o date_order=mdy para las que admiten ambas lecturas" "Line {day_line}: {day} begins with the day, and line {month_line}: {month} with the month; give date_order=dmy or date_order=mdy for those that fit both";
    "too_many_webhooks" CONFLICT "Demasiados webhooks" "Too many webhooks"
        "Hay ya {max} webhooks, el máximo; elimine uno primero" "There are already {max} webhooks, which is the maximum; delete one first";
    "webhook_not_found" NOT_FOUND "No encontrado" "Not found"
        "Webhook no encontrado" "Webhook not found";
    "webhook_inactive" CONFLICT "Webhook inactivo" "Webhook inactive"
        "El webhook está inactivo: actívelo para enviarle un mensaje" "The webhook is inactive: activate it to send it a message";
    "delivery_not_found" NOT_FOUND "No encontrado" "Not found"
        "Envío no encontrado" "Delivery not found";
    "team_not_found" NOT_FOUND "No encontrado" "Not found"
        "Equipo no encontrado" "Team not found";
    "member_not_found" NOT_FOUND "No encontrado" "Not found"
        "Esta persona no es miembro del equipo" "This person is not a member of the team";
    "team_name_taken" CONFLICT "Ya existe" "Already exists"
        "Ya existe un equipo con este nombre" "A team with this name already exists";
    "absence_not_found" NOT_FOUND "No encontrada" "Not found"
        "Ausencia no encontrada" "Absence not found";
    "absence_ends_first" UNPROCESSABLE_ENTITY "Datos no válidos" "Invalid data"
        "La ausencia debe terminar después de empezar" "The absence must end after it starts";
    "rotation_not_found" NOT_FOUND "No encontrada" "Not found"
        "Rotación no encontrada" "Rotation not found";
    "nobody_pays" CONFLICT "Nadie lo compensa" "Nobody pays"
        "No hay nadie más en la rotación a cuya cuenta puedan ir los turnos" "Nobody else is in the rotation who could pay for the turns";
    "opportunity_taken" CONFLICT "Ya asignada" "Already assigned"
        "La oportunidad ya está asignada a otro usuario" "The opportunity is already assigned to another user";
    "daily_quota_reached" CONFLICT "Cupo alcanzado" "Quota reached"
        "Ha alcanzado su cupo diario de oportunidades ({max})" "You have reached your daily quota of opportunities ({max})";
    "contact_has_opportunity" CONFLICT "Ya existe" "Already exists"
        "El contacto ya tiene una oportunidad" "The contact already has an opportunity";
    "contact_in_use" CONFLICT "En uso" "In use"
        "El contacto tiene una oportunidad; elimínela primero, o el contacto junto con ella" "The contact has an opportunity; delete it first, or the contact together with it";
    "email_taken" CONFLICT "Ya existe" "Already exists"
        "Ya existe un usuario con este correo electrónico" "A user with this email address already exists";
    "last_administrator" CONFLICT "Último administrador" "Last administrator"
        "Es el último administrador activo: no se puede eliminar, degradar ni desactivar" "This is the last active administrator, who cannot be removed, demoted or deactivated";
    "responsible_not_found" NOT_FOUND "Usuario no encontrado" "User not found"
        "El usuario responsable no existe o no está activo" "The responsible user does not exist or is not active";
    "contact_without_name" UNPROCESSABLE_ENTITY "Datos no válidos" "Invalid data"
        "El contacto necesita un nombre, un correo electrónico o un teléfono" "The contact needs a name, an email address or a phone number";
    "person_erased" CONFLICT "Persona borrada" "Erased person"
        "Esta persona fue borrada a petición suya o por plazo; un administrador puede volver a admitirla con override_erased" "This person was erased, on request or in time; an administrator can let them in again with override_erased";
    "do_not_contact" CONFLICT "No contactar" "Do not contact"
        "Esta persona pidió que no se la contactara, o sus datos se han borrado; su oportunidad no se asigna" "This person asked not to be contacted, or was erased; the opportunity is not assigned";
    "user_not_deleted" CONFLICT "Usuario no eliminado" "User not deleted"
        "Solo se borran los datos de un usuario eliminado; elimínelo primero" "Only a deleted user can be erased; delete the user first";
    "already_undone" CONFLICT "Ya deshecha" "Already undone"
        "La operación ya se ha deshecho" "The operation has already been undone";
    "not_undoable" CONFLICT "No se puede deshacer" "Cannot be undone"
        "Las altas, importaciones y eliminaciones no se pueden deshacer" "Creations, imports and deletions cannot be undone";
    "nothing_done" CONFLICT "No se ha cambiado nada" "Nothing was changed"
        "No se ha cambiado ninguna oportunidad; las que no se pueden cambiar son {n}" "No opportunity was changed, because {n} of them cannot be changed";
    "precondition_failed" PRECONDITION_FAILED "Ha cambiado" "Changed meanwhile"
        "Lo que quiere cambiar ha cambiado desde que se leyó; vuelva a cargarlo" "What you want to change has changed since it was read; reload it";
    "idempotency_key_reused" UNPROCESSABLE_ENTITY "Clave de idempotencia repetida" "Idempotency key reused"
        "La clave de idempotencia ya se usó con otra petición" "The idempotency key was used with another request";
    "idempotency_key_running" CONFLICT "Petición en curso" "Request still running"
        "La petición con esta clave de idempotencia todavía está en curso" "The request with this idempotency key is still running";
    "idempotency_key_malformed" BAD_REQUEST "Clave de idempotencia no válida" "Invalid idempotency key"
        "La clave de idempotencia debe tener entre 1 y 255 caracteres ASCII visibles" "The idempotency key must have between 1 and 255 visible ASCII characters";
    "page_too_large" UNPROCESSABLE_ENTITY "Página demasiado grande" "Page too large"
        "La página ocuparía más de 16 MB; pida menos filas con un limit menor" "The page would be larger than 16 MB; ask for fewer rows with a lower limit";
    "validation_failed" UNPROCESSABLE_ENTITY "Datos no válidos" "Invalid data"
        "Datos no válidos: {faults}" "Invalid data: {faults}";
    "body_not_json" BAD_REQUEST "JSON no válido" "Invalid JSON"
        "El cuerpo de la petición no es JSON válido" "The request body is not valid JSON";
    "body_not_an_object" UNPROCESSABLE_ENTITY "Datos no válidos" "Invalid data"
        "El cuerpo de la petición debe ser un objeto JSON" "The request body must be a JSON object";
    "media_type_unsupported" UNSUPPORTED_MEDIA_TYPE "Tipo no admitido" "Unsupported type"
        "El cuerpo debe enviarse como application/json" "The body must be sent as application/json";
    "body_too_large" PAYLOAD_TOO_LARGE "Demasiado grande" "Too large"
        "El cuerpo de la petición supera el máximo de {max} bytes" "The request body exceeds the maximum of {max} bytes";
    "request_timeout" REQUEST_TIMEOUT "Tiempo agotado" "Timed out"
        "La petición no ha llegado completa a tiempo" "The request did not arrive completely in time";
    "path_not_found" NOT_FOUND "No encontrado" "Not found"
        "No existe esta ruta" "This path does not exist";
    "method_not_allowed" METHOD_NOT_ALLOWED "Método no permitido" "Method not allowed"
        "Esta ruta no admite este método" "This path does not support this method";
    "not_acceptable" NOT_ACCEPTABLE "Formato no disponible" "Format not available"
        "No se puede responder en ninguno de los formatos de la cabecera Accept" "None of the formats in the Accept header is available";
    "rate_limited" TOO_MANY_REQUESTS "Demasiadas peticiones" "Too many requests"
        "Demasiadas peticiones; vuelva a intentarlo en {seconds} segundos" "Too many requests; try again in {seconds} seconds";
    "too_many_streams" TOO_MANY_REQUESTS "Demasiadas conexiones" "Too many streams"
        "Hay demasiadas conexiones de eventos abiertas con esta cuenta; cierre alguna" "This account has too many event streams open; close one of them";
    "too_many_at_once" SERVICE_UNAVAILABLE "Servicio ocupado" "Service busy"
        "Hay demasiadas peticiones a la vez; vuelva a intentarlo en unos segundos" "Too many requests at once; try again in a few seconds";
    "service_unavailable" SERVICE_UNAVAILABLE "Servicio no disponible" "Service unavailable"
        "La base de datos no está disponible; vuelva a intentarlo en unos segundos" "The database is not available; try again in a few seconds";
    "internal_error" INTERNAL_SERVER_ERROR "Error interno" "Internal error"
        "Ha ocurrido un error interno; indique el request_id a soporte" "An internal error occurred; give the request_id to support";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_exactly_one_row() {
        for code in Refusal::CODES {
            assert_eq!(message(code).code, *code);
        }
        let mut codes: Vec<&str> = TABLE.iter().map(|row| row.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), TABLE.len());
    }

    #[test]
    fn refresh_refusals_name_the_token_in_every_language() {
        for language in [Language::Spanish, Language::English] {
            let detail = detail(&Problem::Refused(Refusal::RefreshTokenInvalid), language);
            assert!(detail.to_lowercase().contains("token"), "{detail}");
        }
    }

    #[test]
    fn no_placeholder_is_left_in_a_detail() {
        let problems = [
            Problem::Refused(Refusal::ListTooLong { max: 100 }),
            Problem::Refused(Refusal::ListHasDuplicates { ids: vec!["x".repeat(500)] }),
            Problem::Refused(Refusal::AssigneeRoleNotAssignable { roles: reparto_domain::Roles::default() }),
            Problem::Refused(Refusal::NothingDone { failed: vec![] }),
            Problem::TooLarge { max: 1 },
            Problem::TooMany { retry_after: 1 },
            Problem::SignInPaused { retry_after: 1 },
            Problem::Invalid(vec![]),
        ];
        for problem in problems {
            for language in [Language::Spanish, Language::English] {
                let detail = detail(&problem, language);
                assert!(!detail.contains('{') && detail.len() < 200, "{detail}");
            }
        }
    }
}
