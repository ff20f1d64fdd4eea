use super::*;
use proptest::prelude::*;

/// The rule in real numbers, written from its description and not from the tables.
fn real_rule(k: &[f64; 12]) -> [f64; 8] {
    let above = |x: f64| x.max(0.0);
    let x = |i: usize, target: f64, unit: f64| (k[i] - target) / unit;
    let staking = x(5, 0.5, 0.1);
    let supply = x(8, 52.0 / 65_536.0, 1.0 / 1_250.0);
    let runway = x(6, 2.0, 1.0);
    let demand = x(7, 1.0, 0.5) + x(2, 1.0, 0.5) / 2.0;
    let participation = x(9, 19_661.0 / 65_536.0, 0.125);
    let stress = above(x(10, 0.0, 0.3) - 1.0) + above(x(4, 2_621.0 / 65_536.0, 0.04) - 1.0);
    let brake = 4.0 * stress;
    let short = above(above(-staking) - 0.125 - brake);
    let long = above(above(staking) - 0.125);
    let fast = above(above(supply) - 0.25);
    let slow = above(above(-supply) - 0.25 - brake);
    let rich = above(above(runway) - 0.125 - brake);
    let poor = above(above(-runway) - 0.125);
    let boom = above(above(demand) - 0.125 - brake);
    let slump = above(above(-demand) - 0.125);
    let shallow = above(above(-x(3, 1.0, 0.25)) - 0.125);
    let leaving = above(above(-x(0, 0.0, 0.05)) - 0.125 - brake);
    let concentrated = above(above(x(1, 29_491.0 / 65_536.0, 0.2)) - 0.25);
    let disagreement = above(x(11, 0.0, 0.02) - 0.5);
    let unit = |y: f64| y.clamp(-1.0, 1.0);
    [
        unit(0.5 * short + 0.25 * slow - 0.5 * long - 0.5 * fast - 2.0 * stress),
        unit(0.5 * rich - 0.5 * poor - stress),
        (0.5 * short - 0.5 * long).clamp(-0.5, 0.5),
        unit(0.5 * boom - 0.5 * slump + 0.5 * fast - 0.5 * poor),
        unit(0.5 * above(above(participation) - 0.25) - 0.5 * above(above(-participation) - 0.25) + 0.5 * concentrated),
        (above(0.25 - stress) + 0.5 * shallow).clamp(0.0, 1.0),
        unit(0.5 * leaving + 0.25 * rich - 0.5 * poor - stress),
        unit(0.5 - disagreement),
    ]
}

/// The integer network, evaluated from the bytes of the format alone.
fn run(model: &[u8], schema: &[u8], kpis: &[i32; 12]) -> [i32; 8] {
    let i32_at = |bytes: &[u8], at: usize| i32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let mut a: Vec<i64> = kpis
        .iter()
        .enumerate()
        .map(|(i, kpi)| {
            let (mean, scale) = (i32_at(schema, 9 * i), i32_at(schema, 9 * i + 4));
            let x = ((i64::from(*kpi) - i64::from(mean)) * i64::from(scale)) >> schema[9 * i + 8];
            x.clamp(-(1 << 23), (1 << 23) - 1)
        })
        .collect();
    let dims = [12, 16, 16, 8];
    let (mut w, mut b) = (0, 2 * (12 * 16 + 16 * 16 + 16 * 8));
    let bounds = b + 4 * (16 + 16 + 8);
    for layer in 0..3 {
        a = (0..dims[layer + 1])
            .map(|j| {
                let mut acc = i64::from(i32_at(model, b)) << 12;
                b += 4;
                for x in &a {
                    acc += i64::from(i16::from_le_bytes([model[w], model[w + 1]])) * x;
                    w += 2;
                }
                let q = acc >> 12;
                if layer < 2 {
                    q.clamp(0, (1 << 23) - 1)
                } else {
                    q.min(i32_at(model, bounds + 32 + 4 * j).into()).max(i32_at(model, bounds + 4 * j).into())
                }
            })
            .collect();
    }
    a.iter().map(|y| i32::try_from(*y).unwrap()).collect::<Vec<_>>().try_into().unwrap()
}

fn keccak_stub(_: &[u8]) -> [u8; 32] {
    [0; 32]
}

/// KPI vectors over the plausible range of each KPI, Q16.16.
fn any_kpis() -> impl Strategy<Value = [i32; 12]> {
    (
        (-20_000..20_000, 0..65_536, 0..400_000, 0..400_000, 0..20_000, 0..65_536),
        (0..800_000, 0..400_000, -500..700, 0..65_536, 0..65_536, 0..8_000),
    )
        .prop_map(|((a, b, c, d, e, f), (g, h, i, j, k, l))| [a, b, c, d, e, f, g, h, i, j, k, l])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// LAB-01: the network gives the rule. Each row floors once (at most one unit of 2^-16), and the largest gain
    /// from a feature to an output is 4 * 1/2 through the brake on two terms plus 2 directly: 64 units bound it amply.
    #[test]
    fn network_agrees_with_the_real_rule(kpis in any_kpis()) {
        let files = generate(keccak_stub);
        let got = run(&files.model, &files.schema, &kpis);
        let want = real_rule(&kpis.map(|k| f64::from(k) / 65_536.0));
        for (k, (got, want)) in got.iter().zip(want).enumerate() {
            let error = (f64::from(*got) - want * 65_536.0).abs();
            prop_assert!(error <= 64.0, "LAB-01 output {k}: {got} for {}, off by {error}", want * 65_536.0);
        }
    }

    /// LAB-02: under stress of one unit nothing expands, whatever the other KPIs say within their ranges.
    #[test]
    fn stress_lets_nothing_expand(mut kpis in any_kpis(), drawdown in 39_400..65_536) {
        kpis[10] = drawdown;
        kpis[4] = kpis[4].max(7_900);
        let files = generate(keccak_stub);
        let got = run(&files.model, &files.schema, &kpis);
        for group in [0, 1, 6] {
            prop_assert!(got[group] <= 0, "LAB-02 output {group} is {} under stress", got[group]);
        }
    }

    /// LAB-03: sources that disagree close the gate.
    #[test]
    fn disagreement_closes_the_gate(mut kpis in any_kpis(), disagreement in 1_315..60_000) {
        kpis[11] = disagreement;
        let files = generate(keccak_stub);
        prop_assert!(run(&files.model, &files.schema, &kpis)[7] < 0);
    }
}

#[test]
fn on_target_only_the_calm_budget_moves() {
    let mut kpis = schema::INPUTS.map(|i| i.mean);
    kpis[4] = 0;
    let files = generate(keccak_stub);
    assert_eq!(run(&files.model, &files.schema, &kpis), [0, 0, 0, 0, 0, 16_384, 0, 32_768]);
}

#[test]
fn generate_reproduces_the_committed_files() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deployments/policies/pi-v1/");
    let files = generate(keccak_stub);
    for (name, bytes) in [("model.bin", &files.model), ("schema.bin", &files.schema)] {
        assert_eq!(&std::fs::read(format!("{folder}{name}")).unwrap(), bytes, "{name}");
    }
    assert_eq!((files.model.len(), files.schema.len()), (1_376, 108));
}
