//! What the patient wants: the doctor, the times, the check screen.

use super::*;

#[test]
fn where_there_is_no_such_doctor_those_there_are_are_named() {
    let mut world = World::new(Lang::Ru);
    world.shelf.make(Kind::Specialty, "lor", Values::new().with("title", "ENT"));
    let mut clinic = (*world.shelf.get(Kind::Clinic, "two").unwrap()).clone();
    clinic.values.put("specialties", Some(list(&["lor", "terapevt"])));
    world.shelf.put(clinic);
    let screen = world.play(&mut begin(), &["smith", "1", "стоматолог"]);
    insta::assert_snapshot!(screen, @"
    Такого врача в такой клинике нет: «стоматолог». Есть:
      ENT: Clinic 2
      Therapist: Clinic 1, Clinic 2
    .. — вернуться к прошлому вопросу.
    ");
}

#[test]
fn next_week_gets_its_own_dates_as_a_hint() {
    let mut world = World::new(Lang::Ru);
    let begun = ["smith", "1", "ther 1", "на следующей неделе"];
    let screen = world.play(&mut begin(), &begun);
    assert!(screen.contains("Назовите дни и часы: `1.12-3.12 9-12`."), "{screen}");
}

#[test]
fn a_request_that_is_there_already_is_named_before_another_one_is_saved() {
    let mut world = World::saved(Lang::Ru);
    let screen = world.play(&mut begin(), &["smith", "3", "ther 1", "чт 9-12"]);
    let said = "Внимание: к этому врачу в эту клинику уже есть заявка. Заявка k7m:";
    assert!(screen.contains(said), "{screen}");
    let screen = world.play(&mut begin(), &["smith", "3", "ther 2", "чт 9-12"]);
    assert!(screen.contains("Проверьте заявку") && !screen.contains("Внимание"), "{screen}");
}
