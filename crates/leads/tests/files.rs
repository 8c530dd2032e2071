//! Whole files as people send them: each came out wrong somewhere once.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Cursor;

use reparto_leads::{Crm, DateOrder, Lead, Leads, OpenError, Options, Source, TextEncoding, TimeZone};

struct File {
    leads: Vec<Lead>,
    problems: Vec<String>,
    notices: Vec<String>,
    crm: Option<Crm>,
    source: Source,
}

fn read_with(bytes: impl Into<Vec<u8>>, options: &Options) -> File {
    let mut opened = Leads::open(Cursor::new(bytes.into()), options).unwrap();
    let (mut leads, mut problems) = (Vec::new(), Vec::new());
    for lead in opened.by_ref() {
        match lead {
            Ok(lead) => leads.push(lead),
            Err(problem) => problems.push(problem.to_string()),
        }
    }
    let layout = opened.layout();
    let rows = leads.iter().flat_map(|lead| &lead.notices).map(ToString::to_string);
    let notices = layout.notices.iter().map(ToString::to_string).chain(rows).collect();
    File { crm: layout.crm, source: layout.source.clone(), leads, problems, notices }
}

fn read(bytes: impl Into<Vec<u8>>) -> File {
    read_with(bytes, &Options::default())
}

impl File {
    fn names(&self) -> Vec<String> {
        self.leads.iter().map(|lead| lead.row.contact.name()).collect()
    }

    fn phones(&self) -> Vec<Option<&str>> {
        self.leads.iter().map(|lead| lead.row.contact.phone.as_deref()).collect()
    }

    fn emails(&self) -> Vec<Option<&str>> {
        self.leads.iter().map(|lead| lead.row.contact.email.as_deref()).collect()
    }

    fn dates(&self) -> Vec<String> {
        self.leads.iter().map(|lead| lead.row.detected_at.map_or(String::new(), |at| at.to_string())).collect()
    }
}

fn utf_16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn numbers_that_a_spreadsheet_rounded_are_reported() {
    let file = read(
        "Contacto;Tel.;E-mail\nLola Mas;3,47E+10;lola@example.org\nIker Vea;34611222333,0;iker@example.org\n\
         Noa Rey;3.4611222333E10;noa@example.org\nSaúl Oro;6.11E+08;saul@example.org\n",
    );
    assert_eq!(file.phones(), [None, Some("34611222333"), Some("34611222333"), None]);
    assert_eq!(file.notices.iter().filter(|notice| notice.contains("rounded")).count(), 2);
    assert_eq!(file.leads[0].row.contact.custom_fields.to_value()["Tel."], "3,47E+10");
}

#[test]
fn rows_behind_a_stray_mark_come_in() {
    let rows = (1..=40).map(|n| format!("P{n},p{n}@example.net,visto\n")).collect::<Vec<_>>().concat();
    let file = read(format!(
        "Name,Email,Notes\nLola,lola@example.net,\"abierta\n{rows}Cierre,cierre@example.net,\"ya\"\nÚltima,u@example.net,\n"
    ));
    assert_eq!(file.leads.len(), 42);
    assert_eq!(file.problems.len(), 1);
    assert!(file.problems[0].starts_with("line 2: a quotation mark is not closed"), "{:?}", file.problems);
    assert!(file.leads.iter().all(|lead| lead.row.notes.as_deref().is_none_or(|notes| !notes.contains('\n'))));
}

#[test]
fn the_lead_ads_of_meta_are_understood() {
    let text = "\u{feff}id\tcreated_time\tad_id\tad_name\tadset_id\tcampaign_name\tform_id\tis_organic\tplatform\t¿Cuándo te llamamos?\temail\tfull_name\tphone_number\n\
        l:77\t2025-05-02T08:15:00+02:00\tag:1\tOtoño\tas:2\tVisados\tf:3\tfalse\tig\tpor la tarde\tlola@example.org\tLola Mas\tp:+34611222333\n\
        l:78\t2025-05-02T08:20:00+02:00\tag:1\tOtoño\tas:2\tVisados\tf:3\tfalse\tfb\t<test lead: dummy data for ¿Cuándo?>\ttest@fb.com\t<test lead: dummy data for full_name>\tp:<test lead: dummy data for phone_number>\n";
    let file = read(utf_16(text));
    assert_eq!(file.crm, Some(Crm::Meta));
    assert_eq!(file.source, Source::Text { encoding: TextEncoding::Utf16Le, separator: '\t' });
    assert_eq!((file.names(), file.phones()), (vec!["Lola Mas".to_owned()], vec![Some("+34611222333")]));
    assert_eq!(file.dates(), ["2025-05-02T06:15:00Z"]);
    let row = &file.leads[0].row;
    assert_eq!(
        (&row.contact.custom_fields.to_value()["id"], &row.detection_reason.to_value()["source"]),
        (&"l:77".into(), &"ig".into())
    );
    assert_eq!(row.contact.custom_fields.to_value()["¿Cuándo te llamamos?"], "por la tarde");
    assert_eq!(file.problems, ["line 3: is a form's test lead: left out"]);
}

#[test]
fn an_address_that_is_none_costs_no_lead() {
    let file = read(
        "Nombre,Email,Móvil\nA,sin correo,611000001\nB,,611000002\nC,c@example.org.,611000003\nD,<d@example.org>,611000004\n\
         E,Eva Oro <e@example.org>,611000005\nF,MAILTO:f@example.org?cc=x,611000006\nG,g@localhost,611000007\n",
    );
    let address = |name: &'static str| Some(name);
    assert_eq!(
        file.emails(),
        [
            None,
            None,
            address("c@example.org"),
            address("d@example.org"),
            address("e@example.org"),
            address("f@example.org"),
            None
        ]
    );
    assert_eq!(
        file.notices,
        ["line 8: column \"Email\": \"g@localhost\" is not a valid email address; kept as a custom field"]
    );
}

#[test]
fn the_order_of_dates_is_that_of_the_whole_file() {
    let file = read("Email,Created\na@example.org,02/03/2025\nb@example.org,02/28/2025\n");
    assert_eq!(file.dates(), ["2025-02-03T00:00:00Z", "2025-02-28T00:00:00Z"]);
    let text = "Email,Created\na@example.org,02/03/2025\nb@example.org,03/02/2025\n";
    let error = Leads::open(Cursor::new(text), &Options::default()).err().unwrap();
    assert!(matches!(error, OpenError::DateOrder(_)) && error.to_string().contains("--date-order mdy"), "{error}");
    for (order, first) in
        [(DateOrder::DayFirst, "2025-03-02T00:00:00Z"), (DateOrder::MonthFirst, "2025-02-03T00:00:00Z")]
    {
        let options = Options { date_order: Some(order), ..Options::default() };
        assert_eq!(read_with(text, &options).dates()[0], first);
    }
}

#[test]
fn dates_are_times_of_the_office() {
    let options = Options { time_zone: TimeZone::get("Atlantic/Canary").unwrap(), ..Options::default() };
    let file =
        read_with("Correo;Fecha\na@example.org;20/08/2025 00:15\nb@example.org;2025-08-20T00:15:00Z\n", &options);
    assert_eq!(file.dates(), ["2025-08-19T23:15:00Z", "2025-08-20T00:15:00Z"]);
}

#[test]
fn each_encoding_is_found_out() {
    let text = "Nombre;Correo;Notas\r\nMaría Muñoz;m@example.org;¿Sí?\r\nÁngel Gómez;a@example.org;\r\n";
    let windows: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let mac = encoding_rs::MACINTOSH.encode(text).0.into_owned();
    let mac_lines: Vec<u8> = mac.iter().copied().filter(|byte| *byte != b'\n').collect();
    for bytes in [text.as_bytes().to_vec(), utf_16(text), utf_16(&format!("\u{feff}{text}")), windows, mac, mac_lines] {
        let file = read(bytes);
        assert_eq!(file.names(), ["María Muñoz", "Ángel Gómez"], "{:?}", file.source);
        assert_eq!(file.leads[0].row.notes.as_deref(), Some("¿Sí?"));
        assert_eq!((file.notices.len(), file.problems.len()), (0, 0));
    }
    let dos = encoding_rs::Encoding::for_label(b"ibm866").unwrap();
    let options = Options { encoding: TextEncoding::named("ibm866"), ..Options::default() };
    assert_eq!(read_with(dos.encode("Имя;Email\nАнна;a@example.org\n").0.into_owned(), &options).leads.len(), 1);
}

#[test]
fn letters_spoilt_before_are_reported() {
    let file = read("Nombre;Correo\nAna;a@example.org\nMarÃ\u{ad}a NuÃ±ez;m@example.org\n");
    assert!(file.notices[0].starts_with("line 3: ") && file.notices[0].contains("--encoding"), "{:?}", file.notices);
}

#[test]
fn headers_may_have_line_breaks_and_titles_above() {
    let file = read(
        "Listado de marzo;;\n;;\n\"Nombre y\napellidos\";\"Correo\n(el bueno)\";\"Número de\nteléfono\"\nLola Mas;x;611222333\n",
    );
    assert_eq!((file.names(), file.phones()), (vec!["Lola Mas".to_owned()], vec![Some("611222333")]));
    assert_eq!(file.notices[0], "the lines above the names of the columns are left out: 1, 2");
    assert_eq!(file.leads[0].row.contact.custom_fields.to_value()["Correo (el bueno)"], "x");
}

#[test]
fn a_long_line_costs_itself_alone() {
    let long = "x".repeat(2 << 20);
    let file = read(format!("Nombre;Correo;Notas\nA;a@example.org;ok\nB;b@example.org;{long}\nC;c@example.org;ok\n"));
    assert_eq!(file.emails(), [Some("a@example.org"), Some("c@example.org")]);
    assert_eq!(file.problems, ["line 3: is longer than 1048576 bytes: left out"]);
}

#[test]
fn a_list_of_the_page_is_our_own() {
    let file = read(
        "id,contact,email,phone,city,score,priority,status,assigned_to,detected_at,notes\n\
         9f,Lola Mas,,'+34611222333,Lugo,64,low,contacted,,2025-05-02T06:15:00Z,\"uno\n'-dos\"\n",
    );
    assert_eq!(file.crm, Some(Crm::Reparto));
    let row = &file.leads[0].row;
    assert_eq!((row.contact.name(), row.contact.phone.as_deref()), ("Lola Mas".to_owned(), Some("+34611222333")));
    assert_eq!((row.initial_score().get(), row.notes.as_deref()), (64, Some("uno\n-dos")));
    assert!(row.contact.custom_fields.is_empty());
}

#[test]
fn google_contacts_and_connections_of_linkedin_are_read() {
    let google = read(
        "First Name,Middle Name,Last Name,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Value\n\
         Lola,,Mas,amiga,* myContacts,,lola@example.org ::: l2@example.org,Mobile,611 222 333 ::: 911 222 333,\nIker,,,,,,,,,611222444\n",
    );
    assert_eq!(google.crm, Some(Crm::GoogleContacts));
    assert_eq!(google.phones(), [Some("611 222 333"), Some("611222444")]);
    let lola = &google.leads[0].row.contact;
    assert_eq!(
        (lola.email.as_deref(), lola.mobile.as_deref(), lola.notes.as_deref()),
        (Some("lola@example.org"), Some("911 222 333"), Some("amiga"))
    );
    let linkedin = read(
        "Notes:\n\"When exporting your connection data, you may notice that some are missing.\"\n\n\
         First Name,Last Name,URL,Email Address,Company,Position,Connected On\nLola,Mas,https://example.org/in/lola,,Acme,CEO,14 Apr 2025\n",
    );
    assert_eq!((linkedin.crm, linkedin.names()), (Some(Crm::LinkedIn), vec!["Lola Mas".to_owned()]));
    assert_eq!(linkedin.dates(), ["2025-04-14T00:00:00Z"]);
    assert!(
        linkedin.notices[0].contains("1, 2") && linkedin.notices[1].contains("nobody can reach"),
        "{:?}",
        linkedin.notices
    );
}

#[test]
fn zoho_odoo_and_google_ads_are_read() {
    let zoho = read(
        "Record Id,Lead Owner.id,Lead Owner,Company,First Name,Last Name,Email,Phone,Lead Source,Lead Status,Created Time,Email Opt Out\n\
         zcrm_1,zcrm_9,Eva Oro,Acme,Lola,Mas,lola@example.org,+34 611 222 333,Web,Contacted,2025-05-02 08:15:00,false\n",
    );
    assert_eq!((zoho.crm, zoho.dates()), (Some(Crm::Zoho), vec!["2025-05-02T08:15:00Z".to_owned()]));
    assert_eq!(zoho.leads[0].row.detection_reason.to_value()["source"], "Web");
    let odoo = read(
        "ID externo,Oportunidad,Nombre de contacto,Correo electrónico,Teléfono,Comercial,Etapa,Creado el\n\
         __export__.lead_7,Renovación NIE,Lola Mas,lola@example.org,611222333,Eva Oro,Nuevo,2025-05-02 08:15:00\n",
    );
    assert_eq!((odoo.crm, odoo.names()), (Some(Crm::Odoo), vec!["Lola Mas".to_owned()]));
    assert_eq!(odoo.leads[0].row.detection_reason.to_value()["title"], "Renovación NIE");
    let ads = read(
        "Lead ID,Lead submit time,Campaign,GCLID,Full name,User email,User phone\nTeSt,2025-05-02 08:15:00 UTC,Visados,abc,Lola Mas,lola@example.org,+34611222333\n",
    );
    assert_eq!(
        (ads.crm, ads.phones(), ads.emails()),
        (Some(Crm::GoogleAds), vec![Some("+34611222333")], vec![Some("lola@example.org")])
    );
}

#[test]
fn a_sheet_of_a_workbook_is_read() {
    let book = include_bytes!("samples/book.xlsx");
    let file = read(&book[..]);
    assert_eq!(file.source, Source::Sheet { name: "Febrero".to_owned() });
    assert_eq!(file.names(), ["Lola Mas", "Iker Vea"]);
    assert_eq!(file.phones(), [Some("34611222333"), Some("611222444")]);
    assert_eq!(file.dates(), ["2025-01-16T10:30:00Z", "2025-01-17T00:00:00Z"]);
    let lola = &file.leads[0].row;
    assert_eq!((lola.line, lola.initial_score().get(), lola.notes.as_deref()), (4, 87, Some("dos\nlíneas")));
    assert_eq!(file.notices[0], "the lines above the names of the columns are left out: 1");
    let named = Options { sheet: Some("enero".to_owned()), ..Options::default() };
    assert_eq!(read_with(&book[..], &named).names(), ["Iker Vea"]);
    let missing = Options { sheet: Some("Marzo".to_owned()), ..Options::default() };
    let error = Leads::open(Cursor::new(&book[..]), &missing).err().unwrap().to_string();
    assert!(error.contains("\"Marzo\"") && error.contains("Febrero, Enero"), "{error}");
}

#[test]
fn lines_with_bytes_of_another_encoding_are_told() {
    let file = read(b"Nombre;Correo\nMar\xC3\xADa;m@example.org\nMu\xF1oz;z@example.org\nEva;e@example.org\nBego\xF1a;b@example.org\n");
    assert_eq!(file.names(), ["María", "Muñoz", "Eva", "Begoña"]);
    assert_eq!(
        file.notices,
        ["some bytes are not UTF-8 and were read as Windows-1252; check the letters of these lines: 3, 5"]
    );
}

#[test]
fn a_file_without_rows_says_so() {
    let file = read("Nombre;Correo\n;\n");
    assert_eq!(
        (file.leads.len(), file.notices),
        (0, vec!["the file has no row below the names of the columns".to_owned()])
    );
}

#[test]
fn a_table_whose_rows_are_one_quoted_cell_each_is_unwrapped() {
    let file = read(
        "\"Nombre,Correo,\"\"Notas, largas\"\"\"\n\"Ana Ruiz,ana@example.org,\"\"uno, dos\"\"\"\nEva Gil,eva@example.org,\n",
    );
    assert_eq!((file.names(), file.problems), (vec!["Ana Ruiz".to_owned(), "Eva Gil".to_owned()], vec![]));
    assert_eq!(file.leads[0].row.contact.custom_fields.to_value()["Notas, largas"], "uno, dos");
}

#[test]
fn apostrophes_may_be_the_quotation_marks() {
    let file = read(
        "'Name','Email','City'\n'Ana, de Jaén','ana@example.org','Jaén'\n'Eva','eva@example.org','L''Hospitalet'\n",
    );
    assert_eq!(file.emails(), [Some("ana@example.org"), Some("eva@example.org")]);
    assert_eq!(file.leads[1].row.contact.city.as_deref(), Some("L'Hospitalet"));
    assert_eq!(read("Name,City\n'Ana,L'Hospitalet\n").names(), ["'Ana"]);
}

#[test]
fn a_file_that_begins_with_a_lead_is_refused_as_one_without_names_of_columns() {
    for text in [
        "Ana Ruiz;ana@example.org;600111222\nEva;eva@example.org;600111223\n",
        "Ana;+34 600 111 222\n",
        "ana@example.org\n",
    ] {
        let error = Leads::open(Cursor::new(text), &Options::default()).err().unwrap();
        assert!(matches!(error, OpenError::NoHeader { line: 1 }), "{error}");
    }
}

#[test]
fn what_a_spreadsheet_could_not_calculate_is_no_value() {
    let file = read("Name,Email,City\n#NAME?,a@example.org,#¡REF!\nEva,#¿NOMBRE?,#DIV/0!\n");
    assert_eq!(file.leads[0].row.contact.first_name, None);
    assert_eq!(file.leads[1].row.contact.city, None);
    assert_eq!(file.notices.iter().filter(|notice| notice.contains("a spreadsheet has an error there")).count(), 4);
}
