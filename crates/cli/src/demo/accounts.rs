//! One account for each role, with a password that nobody can guess.

use bantin_application::{
    App, AppError,
    app::{Caller, Origin},
    auth::entropy::Entropy,
    sessions, users,
};
use bantin_domain::{named::Named, policy::Role};

use super::spoilt;

/// The address of the account that may do everything. It also tells a database that the demo made.
pub const ADMIN: &str = "admin@demo.bantin.example";
/// What can be told from one another when read aloud or typed: no 0 and o, no 1 and l.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Five groups of five letters out of 32 are 125 bits.
const GROUPS: usize = 5;
const GROUP: usize = 5;

/// How somebody logs in.
pub struct Credentials {
    /// What they may do.
    pub role: Role,
    /// Their address.
    pub email: String,
    /// Their password.
    pub password: String,
}

/// Whether there are accounts, and none of them is the demo's. Content has always been made by
/// somebody, so a database without accounts has none.
pub async fn belong_to_others(app: &App) -> Result<bool, AppError> {
    let users = users::list(app).await?;
    Ok(!users.is_empty() && users.iter().all(|user| user.email.as_str() != ADMIN))
}

/// Makes the accounts, the admin's first. Those that an interrupted demo has left get new passwords.
pub async fn make(app: &App, entropy: &dyn Entropy) -> Result<Vec<Credentials>, AppError> {
    let known = users::list(app).await?;
    let mut made = Vec::new();
    for role in Role::ALL.iter().copied() {
        let (email, name) = who(role);
        let password = random_password(entropy)?;
        if known.iter().any(|user| user.email.as_str() == email) {
            users::set_password(app, email, &password).await?;
        } else {
            users::add(app, email, name, role, &password).await?;
        }
        made.push(Credentials { role, email: email.to_owned(), password });
    }
    Ok(made)
}

/// Logs in as the admin, since content is always made by somebody.
pub async fn log_in(app: &App, admin: Option<&Credentials>) -> Result<Caller, AppError> {
    let admin = admin.ok_or_else(|| spoilt("accounts", "there is no admin"))?;
    let session = sessions::log_in(app, Origin::default(), admin.email.clone(), admin.password.clone()).await?;
    Ok(app.verify(&session.access_token)?)
}

fn who(role: Role) -> (&'static str, &'static str) {
    match role {
        Role::Admin => (ADMIN, "Quản trị"),
        Role::ChiefEditor => ("chief-editor@demo.bantin.example", "Tổng biên tập"),
        Role::Editor => ("editor@demo.bantin.example", "Biên tập viên"),
        Role::Author => ("author@demo.bantin.example", "Phóng viên"),
        Role::Integrator => ("integrator@demo.bantin.example", "Hệ thống liên kết"),
    }
}

fn random_password(entropy: &dyn Entropy) -> Result<String, AppError> {
    let mut bytes = [0; GROUPS * GROUP];
    entropy.fill(&mut bytes)?;
    let letters: Vec<char> = bytes
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte % 32)))
        .map(|letter| char::from(*letter))
        .collect();
    Ok(letters.chunks(GROUP).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
}

#[cfg(test)]
mod tests {
    use bantin_application::auth::entropy::SystemEntropy;

    use super::*;

    #[test]
    fn passwords_are_long_and_never_the_same() {
        let (one, other) = (random_password(&SystemEntropy).unwrap(), random_password(&SystemEntropy).unwrap());
        assert_eq!(one.len(), GROUPS * GROUP + GROUPS - 1);
        assert!(one.len() >= 20 && one != other);
    }
}
