//! What separates the cells is judged by what fits all records, with quotation marks respected.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Cursor;

use reparto_leads::{Leads, Options, Source};

/// The separator that is found, how many columns there are, and how many rows come in.
fn read(text: &str) -> Option<(char, usize, usize)> {
    let leads = Leads::open(Cursor::new(text), &Options::default()).ok()?;
    let (source, columns) = (leads.layout().source.clone(), leads.layout().columns.len());
    let Source::Text { separator, .. } = source else { return None };
    Some((separator, columns, leads.flatten().count()))
}

#[test]
fn signs_within_cells_do_not_make_a_separator() {
    for (text, expected) in [
        ("Nombre;Correo\na,=cmd;a@example.org\n", (';', 2, 1)),
        ("Nombre;Correo\na,=cmd;x\n", (';', 2, 1)),
        ("Nombre;Correo\na,=cmd;a@example.org\nb,=cmd;b@example.org\nc,=x;c@example.org\n", (';', 2, 3)),
        ("Nombre, apellidos;Correo\nAna, Ruiz;a@example.org\n", (';', 2, 1)),
        ("Apellidos, nombre;Correo\nRuiz, Ana;a@example.org\nGil, Eva;e@example.org\n", (';', 2, 2)),
        ("Nombre, apellidos;Correo\n=a,b;a@example.org\n", (';', 2, 1)),
        ("Correo, el suyo;Nombre, el suyo\na@example.org;Ana\n", (';', 2, 1)),
        ("Correo;Importe\na@example.org;1,5\nb@example.org;2,5\n", (';', 2, 2)),
        ("Importe, en euros;Correo\n1,5;a@example.org\n2,5;b@example.org\n", (';', 2, 2)),
        ("Puntuación;Notas;Correo\n1,5;x, y, z;a@example.org\n", (';', 3, 1)),
        ("Correo\na@example.org\nb@example.org\n", (',', 1, 2)),
        ("Nombre\nRuiz, Ana\nGil, Eva\nSanz, Luz\n", (';', 1, 3)),
        ("Nombre\nRuiz; Ana\nGil; Eva\n", (',', 1, 2)),
        ("Nombre|Correo\nRuiz, Ana; la de Vigo|a@example.org\n", ('|', 2, 1)),
        ("Nombre|Correo|Notas\nAna|a@example.org|x;y;z\nEva|e@example.org|a,b\n", ('|', 3, 2)),
        ("Nombre,Correo,Notas\nAna,a@example.org,a|b\nEva,e@example.org,a;b\n", (',', 3, 2)),
        ("Nombre;Correo;Notas\nAna;a@example.org;a\tb\nEva;e@example.org;c\td\n", (';', 3, 2)),
        ("Nombre\tCorreo\tNotas\nAna\ta@example.org\tuno, dos; tres\n", ('\t', 3, 1)),
        ("Nombre\tCorreo\nRuiz, Ana\ta@example.org\nGil, Eva\te@example.org\n", ('\t', 2, 2)),
        ("Nombre;Correo;Notas\nAna;a@example.org;\"x,y\n z,w\"\nEva;e@example.org;\n", (';', 3, 2)),
        ("\"Nombre, todo\";\"Correo\"\n\"Ruiz, Ana\";\"a@example.org\"\n", (';', 2, 1)),
        ("\"Nombre; todo\",\"Correo\"\n\"Ruiz; Ana\",\"a@example.org\"\n", (',', 2, 1)),
        ("Correo,Notas; más\na@example.org,x;y\nb@example.org,z;w\n", (',', 2, 2)),
        ("Correo;\na@example.org;x, y\n", (';', 2, 1)),
        ("Informe, mayo\nNombre;Correo\nAna, b;a@example.org\n", (';', 2, 1)),
        ("Nombre;Teléfono\nRuiz, Ana;600111222\nGil, Eva;600111333\n", (';', 2, 2)),
        ("Email;Nombre|Notas\na@example.org;Ana|x\nb@example.org;Eva|y\n", (';', 2, 2)),
        ("Nombre;Notas, todas, siempre\nAna;a, b, c\nEva;d, e, f\n", (';', 2, 2)),
        ("Nombre;Notas\nAna;a,b,c,d,e\nEva;d,e,f,g,h\n", (';', 2, 2)),
    ] {
        assert_eq!(read(text), Some(expected), "{text}");
    }
}
