//! Rank-1 constraint systems and the builder that makes one together with its witness.
//!
//! Variable 0 is the constant one, then come the public inputs, then the witness. A constraint is `<a, z> * <b, z> =
//! <c, z>` over all variables z.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field, PrimeField};
use ark_relations::{
    gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, LinearCombination, SynthesisError, Variable},
    utils::matrix::Matrix,
};

/// A linear combination: coefficients and variables, ascending by variable, no coefficient zero.
pub type Row = Vec<(Fr, usize)>;

/// The constraints of a circuit, without any witness.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct R1cs {
    /// Left factors, right factors and products, one row for each constraint.
    pub matrices: [Matrix<Fr>; 3],
    /// What each variable is: `one`, `public`, or a name for its kind of witness.
    pub names: Vec<&'static str>,
    /// Number of public inputs. They are variables 1 to `publics`.
    pub publics: usize,
}

impl R1cs {
    /// Number of constraints.
    #[must_use]
    pub fn constraints(&self) -> usize {
        self.matrices[0].len()
    }

    /// Number of variables: the constant one, public inputs, witness.
    #[must_use]
    pub fn variables(&self) -> usize {
        self.names.len()
    }

    /// Variables that are fixed from outside: the constant one and the public inputs.
    #[must_use]
    pub fn instance(&self) -> usize {
        self.publics + 1
    }

    /// Returns the first constraint that an assignment of all variables breaks.
    ///
    /// # Panics
    /// If there are fewer values than variables.
    #[must_use]
    pub fn broken(&self, assignment: &[Fr]) -> Option<usize> {
        (0..self.constraints()).find(|&i| !self.holds(i, assignment))
    }

    /// Tells whether an assignment satisfies one constraint.
    ///
    /// # Panics
    /// If there is no such constraint, or there are fewer values than variables.
    #[must_use]
    pub fn holds(&self, constraint: usize, assignment: &[Fr]) -> bool {
        let value = |matrix: &Matrix<Fr>| -> Fr {
            matrix[constraint].iter().map(|(coefficient, variable)| assignment[*variable] * coefficient).sum()
        };
        let [a, b, c] = &self.matrices;
        value(a) * value(b) == value(c)
    }
}

/// Hands the constraints to the generator of arkworks, which asks for a synthesis of its own.
impl ConstraintSynthesizer<Fr> for &R1cs {
    fn generate_constraints(self, system: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        // No values: the generator synthesises in setup mode and never calls the closures.
        for _ in 0..self.publics {
            let _ = system.new_input_variable(|| Err(SynthesisError::AssignmentMissing))?;
        }
        for _ in self.instance()..self.variables() {
            let _ = system.new_witness_variable(|| Err(SynthesisError::AssignmentMissing))?;
        }
        let variable = |index: usize| match index {
            0 => Variable::One,
            i if i < self.instance() => Variable::instance(i),
            i => Variable::witness(i - self.instance()),
        };
        let combination = |row: &Row| LinearCombination(row.iter().map(|(k, v)| (*k, variable(*v))).collect());
        let [a, b, c] = &self.matrices;
        for ((a, b), c) in a.iter().zip(b).zip(c) {
            system.enforce_r1cs_constraint(|| combination(a), || combination(b), || combination(c))?;
        }
        Ok(())
    }
}

/// A number in the circuit: its value, and the linear combination of variables that stands for it (empty if the builder
/// records values only).
#[derive(Clone, Debug)]
pub struct Num {
    /// The value under the witness.
    pub value: Fr,
    row: Row,
}

impl Num {
    /// Returns a sum of numbers, each times its coefficient.
    #[must_use]
    pub fn sum<'a>(terms: impl IntoIterator<Item = (Fr, &'a Num)>) -> Num {
        let (mut value, mut row) = (Fr::ZERO, Row::new());
        for (coefficient, num) in terms {
            value += coefficient * num.value;
            row.extend(num.row.iter().map(|(k, v)| (coefficient * k, *v)));
        }
        // Several ascending runs: the stable sort merges them.
        row.sort_by_key(|(_, variable)| *variable);
        row.dedup_by(|next, kept| {
            let same = next.1 == kept.1;
            if same {
                kept.0 += next.0;
            }
            same
        });
        row.retain(|(coefficient, _)| *coefficient != Fr::ZERO);
        Num { value, row }
    }

    /// Returns `self + other`.
    #[must_use]
    pub fn plus(&self, other: &Num) -> Num {
        Num::sum([(Fr::ONE, self), (Fr::ONE, other)])
    }

    /// Returns `self - other`.
    #[must_use]
    pub fn minus(&self, other: &Num) -> Num {
        Num::sum([(Fr::ONE, self), (-Fr::ONE, other)])
    }
}

/// Collects variables with their values, and constraints unless only the values are wanted.
///
/// Which variables and constraints are made never depends on a value: the constraints of two witnesses are equal.
#[derive(Debug)]
pub struct Builder {
    values: Vec<Fr>,
    system: Option<R1cs>,
}

impl Builder {
    /// Starts a circuit with this many public inputs, all of value zero until they are published.
    #[must_use]
    pub fn new(publics: usize, with_constraints: bool) -> Self {
        let mut values = vec![Fr::ZERO; publics + 1];
        values[0] = Fr::ONE;
        let mut names = vec!["public"; publics + 1];
        names[0] = "one";
        let system = with_constraints.then(|| R1cs { names, publics, ..R1cs::default() });
        Self { values, system }
    }

    /// Returns the constraints (empty if only values were wanted) and the values of all variables.
    #[must_use]
    pub fn finish(self) -> (R1cs, Vec<Fr>) {
        (self.system.unwrap_or_default(), self.values)
    }

    fn variable(&self, index: usize) -> Num {
        let row = if self.system.is_some() { vec![(Fr::ONE, index)] } else { Row::new() };
        Num { value: self.values[index], row }
    }

    /// Returns a constant.
    #[must_use]
    pub fn constant(&self, value: impl Into<Fr>) -> Num {
        Num::sum([(value.into(), &self.variable(0))])
    }

    /// Returns a new variable of the witness.
    pub fn witness(&mut self, name: &'static str, value: Fr) -> Num {
        self.values.push(value);
        if let Some(system) = &mut self.system {
            system.names.push(name);
        }
        self.variable(self.values.len() - 1)
    }

    /// Sets a public input (counted from 0) to a value, and returns it. Nothing is enforced.
    pub fn public(&mut self, index: usize, value: Fr) -> Num {
        self.values[index + 1] = value;
        self.variable(index + 1)
    }

    /// Enforces `a * b = c`.
    pub fn enforce(&mut self, a: &Num, b: &Num, c: &Num) {
        if let Some(system) = &mut self.system {
            for (matrix, num) in system.matrices.iter_mut().zip([a, b, c]) {
                matrix.push(num.row.clone());
            }
        }
    }

    /// Enforces `a = b`.
    pub fn enforce_equal(&mut self, a: &Num, b: &Num) {
        let one = self.variable(0);
        self.enforce(a, &one, b);
    }

    /// Returns the product of two numbers as a new variable. One constraint.
    pub fn product(&mut self, name: &'static str, a: &Num, b: &Num) -> Num {
        let product = self.witness(name, a.value * b.value);
        self.enforce(a, b, &product);
        product
    }

    /// Returns the lowest bits of a number as new variables, each 0 or 1. One constraint for each; that the bits make
    /// up the number is left to the caller.
    pub fn bits(&mut self, name: &'static str, value: Fr, count: usize) -> Vec<Num> {
        let limbs = value.into_bigint().0;
        let bit = |i: usize| (limbs[i / 64] >> (i % 64)) & 1 == 1;
        (0..count)
            .map(|i| {
                let num = self.witness(name, Fr::from(bit(i)));
                self.enforce(&num, &num, &num);
                num
            })
            .collect()
    }

    /// Sets a public input (counted from 0) to a number and enforces that they are equal. One constraint.
    pub fn publish(&mut self, index: usize, num: &Num) {
        let public = self.public(index, num.value);
        self.enforce_equal(num, &public);
    }
}

/// Returns 2^n.
#[must_use]
pub fn power(n: usize) -> Fr {
    Fr::from(2u64).pow([n as u64])
}

/// Returns the number whose bits these are, the lowest first.
#[must_use]
pub fn recompose(bits: &[Num]) -> Num {
    let mut weight = Fr::ONE;
    Num::sum(bits.iter().map(|bit| {
        let term = (weight, bit);
        weight.double_in_place();
        term
    }))
}
