//! How the rules of a module become tests of an engine.

/// Lists a module's rules: wraps each in a public function and defines a macro that turns them into tests of an engine.
/// With `on empty` the database does not even have an administrator. The leading `$` passes a literal `$` to the
/// generated macro.
macro_rules! rules {
    ($d:tt $list:ident in $($path:ident)::+ { $($name:ident,)* }) => {
        rules! { $d $list runs run in $($path)::+ { $($name,)* } }
    };
    ($d:tt $list:ident on empty in $($path:ident)::+ { $($name:ident,)* }) => {
        rules! { $d $list runs run_on_empty in $($path)::+ { $($name,)* } }
    };
    ($d:tt $list:ident runs $run:ident in $($path:ident)::+ { $($name:ident,)* }) => {
        #[doc(hidden)]
        #[allow(missing_docs, reason = "each is its own name")]
        pub mod rules {
            $(pub async fn $name(fixture: $crate::Fixture) {
                super::$name(fixture).await;
            })*
        }

        #[doc(hidden)]
        #[macro_export]
        macro_rules! $list {
            ($d engine:ty) => {
                use $crate::$($path)::+::rules;

                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    $crate::$run::<$d engine, _, _>(rules::$name).await;
                })*
            };
        }
    };
}
