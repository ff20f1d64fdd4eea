//! Small integer helpers in parts per million, so that behaviour needs no floating point.

/// One, in ppm.
pub const ONE: i64 = 1_000_000;

/// `a * b` of two ppm numbers, rounded towards zero.
#[must_use]
pub fn mul(a: i64, b: i64) -> i64 {
    saturate(i128::from(a) * i128::from(b) / i128::from(ONE))
}

/// `amount * share` for a share in ppm, rounded down; a negative share counts as zero.
#[must_use]
pub fn share_of(amount: u128, share: i64) -> u128 {
    let share = u128::try_from(share).unwrap_or(0);
    let unit = u128::from(ONE.unsigned_abs());
    // Split so that amounts up to 2^128 / 10^6 units of 10^6 cannot overflow.
    (amount / unit).saturating_mul(share).saturating_add(amount % unit * share / unit)
}

/// `a / b` in ppm, rounded down; `i64::MAX` when `b` is zero and `a` is not.
#[must_use]
pub fn ratio(a: u128, b: u128) -> i64 {
    match (a, b) {
        (0, _) => 0,
        (_, 0) => i64::MAX,
        _ => {
            let whole = a / b;
            let rest = a % b;
            // The remainder is scaled in two steps of a thousand, which keeps 18-decimal amounts inside 128 bits.
            let fine = if rest > u128::MAX / 1_000_000 { rest / (b / 1_000_000).max(1) } else { rest * 1_000_000 / b };
            i64::try_from(whole.saturating_mul(1_000_000).saturating_add(fine)).unwrap_or(i64::MAX)
        }
    }
}

/// A smooth saturation `x / (1 + |x|)` in ppm: it stands in for `tanh`, which has no exact integer form.
#[must_use]
pub fn squash(x: i64) -> i64 {
    saturate(i128::from(x) * i128::from(ONE) / (i128::from(ONE) + i128::from(x).abs()))
}

/// `2 (x - 1) / (x + 1)` in ppm, the first Padé form of `ln x`: within 2.3 % of it for x in [0.6, 1.7], bounded by ±2
/// beyond.
#[must_use]
pub fn log(x: i64) -> i64 {
    let x = i128::from(x.max(0));
    let one = i128::from(ONE);
    saturate(2 * one * (x - one) / (x + one))
}

fn saturate(x: i128) -> i64 {
    i64::try_from(x).unwrap_or(if x < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_agree_with_real_arithmetic() {
        for x in (600_000..1_700_000_i64).step_by(9_973) {
            #[allow(clippy::cast_precision_loss)]
            let (exact, got) = ((x as f64 / 1e6).ln(), log(x) as f64 / 1e6);
            assert!((exact - got).abs() <= 0.023 * exact.abs() + 2e-6, "ln {x}: {got} for {exact}");
        }
        assert_eq!(squash(1_000_000), 500_000);
        assert_eq!(squash(-3_000_000), -750_000);
        assert_eq!(ratio(1, 3), 333_333);
        assert_eq!(ratio(5 * 10_u128.pow(32), 10_u128.pow(33)), 500_000);
        assert_eq!(ratio(1, 0), i64::MAX);
        assert_eq!(share_of(10_u128.pow(30) + 7, 250_000), 10_u128.pow(30) / 4 + 1);
        assert_eq!(share_of(100, -5), 0);
        assert_eq!(mul(-1_500_000, 500_000), -750_000);
    }
}
