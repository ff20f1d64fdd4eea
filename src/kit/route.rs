//! x

/// x
#[macro_export]
macro_rules! functions {
    ($interface:ident; $($name:ident = $call:ident;)+) => {
        #[allow(non_camel_case_types)]
        enum Place { $($name,)+ }
        $(const $name: u8 = Place::$name as u8;)+
        static FUNCTIONS: &[u32] = &[$(u32::from_be_bytes($interface::$call::SELECTOR),)+];
    };
}
/// x
#[inline(never)]
pub fn find(selectors: &[u32], selector: u32) -> u8 {
    let mut at = 0u8;
    for known in selectors {
        if *known == selector {
            return at;
        }
        at = at.wrapping_add(1);
    }
    u8::MAX
}
