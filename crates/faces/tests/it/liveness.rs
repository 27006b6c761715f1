//! Heads and pictures before the camera: built of points in space, and photos that were bent and tilted in earnest.

use bonafide_faces::detect::{DetectedFace, LANDMARKS, Point};
use bonafide_faces::liveness::parallax::ReferenceFace;
use bonafide_faces::liveness::{
    Challenge, Challenges, Failure, LivenessAdvice, LivenessLimits, Observation, Session, Verdict,
};

use bonafide_faces::photo::{self, PhotoLimits};

use crate::captures::engine;
use crate::pictures::{Picture, fixture};

const SEEDS: u64 = 400;

/// Milliseconds between two frames.
const FRAME_MS: u64 = 120;

/// How far the camera stands, in distances between the eyes: about half a metre.
const AWAY: f64 = 8.0;

/// Pixels of a distance between the eyes at [`AWAY`].
const EYES_PX: f64 = 90.0;

/// What the detector errs by, in distances between the eyes: each coordinate by at most this.
const ERROR: f64 = 0.025;

struct Dice(u64);

impl Dice {
    fn number(&mut self) -> u64 {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From −1 to 1.
    fn swing(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

/// Five points in space: to the person's left, down, towards the camera.
#[derive(Clone, Copy)]
struct Shape([[f64; 3]; LANDMARKS]);

impl Shape {
    /// A head whose nose stands out by `nose` distances between the eyes.
    fn head(dice: &mut Dice, nose: f64) -> Shape {
        let mouth = 0.36 + 0.05 * dice.swing();
        let down = 1.05 + 0.1 * dice.swing();
        let lips = 0.05 * dice.swing();
        Shape([
            [-0.5, 0.0, 0.0],
            [0.5, 0.0, 0.0],
            [0.03 * dice.swing(), 0.6 + 0.05 * dice.swing(), nose],
            [-mouth, down, lips],
            [mouth, down, lips],
        ])
    }

    /// A print of what the camera sees of this.
    fn printed(&self, pose: Pose) -> Shape {
        Shape(self.0.map(|point| {
            let [x, y, _] = pose.placed(point);
            [x, y, 0.0]
        }))
    }
}

#[derive(Clone, Copy, Default)]
struct Pose {
    /// Positive to the person's left, in degrees.
    yaw_deg: f64,
    pitch_deg: f64,
    roll_deg: f64,
    /// In distances between the eyes.
    right: f64,
    nearer: f64,
}

impl Pose {
    fn placed(self, [x, y, z]: [f64; 3]) -> [f64; 3] {
        let (sin, cos) = self.yaw_deg.to_radians().sin_cos();
        let (x, z) = (x * cos + z * sin, z * cos - x * sin);
        let (sin, cos) = self.pitch_deg.to_radians().sin_cos();
        let (y, z) = (y * cos - z * sin, z * cos + y * sin);
        let (sin, cos) = self.roll_deg.to_radians().sin_cos();
        [x * cos - y * sin + self.right, x * sin + y * cos, z + self.nearer]
    }

    fn seen(self, shape: &Shape, dice: &mut Dice) -> DetectedFace {
        let scale = EYES_PX * AWAY / (AWAY - self.nearer);
        let landmarks = shape.0.map(|point| {
            let [x, y, z] = self.placed(point);
            let near = EYES_PX * AWAY / (AWAY - z);
            Point {
                x_px: (640.0 + near * x + scale * ERROR * dice.swing()) as f32,
                y_px: (300.0 + near * y + scale * ERROR * dice.swing()) as f32,
            }
        });
        let width = 2.2 * scale;
        let left = 640.0 + scale * self.right - width / 2.0;
        DetectedFace {
            left_px: left as f32,
            top_px: 200.0,
            width_px: width as f32,
            height_px: (1.3 * width) as f32,
            landmarks,
            score: 0.9,
        }
    }
}

fn observed(session: &mut Session, at_ms: u64, face: &DetectedFace) -> Verdict {
    session.observe(&Observation { at_ms, faces: &[*face], same_person: Some(true) })
}

/// Moves `angle` towards `target` by at most `step`.
fn towards(angle: f64, target: f64, step: f64) -> f64 {
    angle + (target - angle).clamp(-step, step)
}

/// Somebody does what he is asked, with a head or with a picture that he turns as if it were one.
fn obeys(shape: &Shape, dice: &mut Dice, challenges: Challenges) -> Verdict {
    let mut session = Session::begin(challenges, LivenessLimits::KIOSK, 0);
    let (mut pose, mut speed) = (Pose::default(), 7.0 + 2.0 * dice.swing());
    let mut goes_back = false;
    let far = 38.0 + 7.0 * dice.swing();
    for frame in 1.. {
        let (yaw, nearer) = match session.asked() {
            Some(Challenge::TurnLeft) => (far, pose.nearer),
            Some(Challenge::TurnRight) => (-far, pose.nearer),
            Some(Challenge::ComeCloser) => (0.0, 3.0),
            None => (0.0, pose.nearer),
        };
        let yaw = if goes_back { 0.0 } else { yaw };
        pose.yaw_deg = towards(pose.yaw_deg, yaw, speed);
        pose.nearer = towards(pose.nearer, nearer, 0.3);
        pose.pitch_deg = 4.0 * dice.swing();
        pose.roll_deg = 4.0 * dice.swing();
        pose.right = 0.1 * dice.swing();
        let face = pose.seen(shape, dice);
        match observed(&mut session, frame * FRAME_MS, &face) {
            Verdict::NotYet { advice: LivenessAdvice::Slower } => (goes_back, speed) = (true, 5.0),
            Verdict::NotYet { .. } => goes_back &= pose.yaw_deg.abs() > 1.0,
            over => return over,
        }
    }
    unreachable!("a session ends")
}

#[test]
fn heads_that_do_what_is_asked_are_live() {
    let mut live = 0;
    for seed in 0..SEEDS {
        let mut dice = Dice(seed);
        let nose = 0.42 + 0.1 * dice.swing();
        let head = Shape::head(&mut dice, nose);
        let challenges = Challenges::drawn(dice.number());
        live += u64::from(obeys(&head, &mut dice, challenges) == Verdict::Live);
    }
    assert!(live * 100 >= SEEDS * 99, "{live} of {SEEDS}");
}

#[test]
fn b01_a_print_that_is_turned_as_a_head_is_not_live() {
    for seed in 0..SEEDS {
        let mut dice = Dice(seed);
        let print = Shape::head(&mut dice, 0.42).printed(Pose::default());
        let challenges = Challenges::drawn(dice.number());
        let verdict = obeys(&print, &mut dice, challenges);
        assert!(matches!(verdict, Verdict::Failed { .. }), "seed {seed}: {verdict:?}");
    }
}

#[test]
fn b01_a_print_that_is_held_moved_tilted_and_brought_closer_is_not_live() {
    for seed in 0..SEEDS {
        let mut dice = Dice(seed);
        let print = Shape::head(&mut dice, 0.42).printed(Pose::default());
        let mut session = Session::begin(Challenges::drawn(dice.number()), LivenessLimits::KIOSK, 0);
        let (mut pose, mut goal) = (Pose::default(), Pose::default());
        let still = seed % 8 == 0;
        let verdict = (1..).find_map(|frame| {
            if frame % 9 == 0 && !still {
                goal = Pose {
                    yaw_deg: 55.0 * dice.swing(),
                    pitch_deg: 40.0 * dice.swing(),
                    roll_deg: 40.0 * dice.swing(),
                    right: dice.swing(),
                    nearer: 2.5 * dice.swing(),
                };
            }
            pose = Pose {
                yaw_deg: towards(pose.yaw_deg, goal.yaw_deg, 9.0),
                pitch_deg: towards(pose.pitch_deg, goal.pitch_deg, 9.0),
                roll_deg: towards(pose.roll_deg, goal.roll_deg, 9.0),
                right: towards(pose.right, goal.right, 0.3),
                nearer: towards(pose.nearer, goal.nearer, 0.4),
            };
            let face = pose.seen(&print, &mut dice);
            let verdict = observed(&mut session, frame * FRAME_MS, &face);
            (!matches!(verdict, Verdict::NotYet { .. })).then_some(verdict)
        });
        assert!(matches!(verdict, Some(Verdict::Failed { .. })), "seed {seed}: {verdict:?}");
    }
}

/// Two prints of one person, from the front and turned, shown one after the other.
#[test]
fn b01_prints_that_are_exchanged_are_not_live() {
    for seed in 0..SEEDS {
        let mut dice = Dice(seed);
        let head = Shape::head(&mut dice, 0.42);
        let front = head.printed(Pose::default());
        let aside = |yaw_deg| head.printed(Pose { yaw_deg, ..Pose::default() });
        let (left, right) = (aside(32.0), aside(-32.0));
        let mut session = Session::begin(Challenges::drawn(dice.number() & 3), LivenessLimits::KIOSK, 0);
        let verdict = (1..).find_map(|frame| {
            let print = match session.asked() {
                Some(Challenge::TurnLeft) => &left,
                Some(Challenge::TurnRight) => &right,
                _ => &front,
            };
            let face = Pose::default().seen(print, &mut dice);
            let verdict = observed(&mut session, frame * FRAME_MS, &face);
            (!matches!(verdict, Verdict::NotYet { .. })).then_some(verdict)
        });
        assert_eq!(verdict, Some(Verdict::Failed { reason: Failure::TimedOut }), "seed {seed}");
    }
}

/// A session that waits for a turn to the left, and a head without errors.
fn asked_to_turn_left() -> (Session, Shape) {
    let challenges = Challenges::new(&[Challenge::TurnLeft]).unwrap();
    let mut session = Session::begin(challenges, LivenessLimits::KIOSK, 0);
    let head = Shape::head(&mut Dice(1), 0.42);
    for at_ms in [100, 200, 300] {
        observed(&mut session, at_ms, &at(&head, 0.0));
    }
    assert_eq!(session.asked(), Some(Challenge::TurnLeft));
    (session, head)
}

fn at(shape: &Shape, yaw_deg: f64) -> DetectedFace {
    Pose { yaw_deg, ..Pose::default() }.seen(shape, &mut Dice(7))
}

fn failed(reason: Failure) -> Verdict {
    Verdict::Failed { reason }
}

#[test]
fn each_thing_that_can_go_wrong_has_its_own_answer() {
    let not_yet = |advice| Verdict::NotYet { advice };
    let turn = not_yet(LivenessAdvice::Do(Challenge::TurnLeft));
    let look = not_yet(LivenessAdvice::LookAtCamera);
    type Frame = (u64, &'static [f64], Option<bool>, Verdict);
    // When, the turns of the faces that are seen, whether it is the same person; the answer.
    let cases: [(&str, &[Frame]); 8] = [
        (
            "a turn",
            &[
                (400, &[12.0], None, turn),
                (500, &[30.0], None, turn),
                (600, &[32.0], None, look),
                (700, &[15.0], None, look),
                (800, &[0.0], None, look),
                (900, &[0.0], Some(true), Verdict::Live),
                (1_000, &[0.0], Some(false), Verdict::Live),
            ],
        ),
        ("too fast", &[(400, &[30.0], None, not_yet(LivenessAdvice::Slower))]),
        ("the other side", &[(400, &[-30.0], None, turn), (500, &[-30.0], None, failed(Failure::OtherSide))]),
        ("another person", &[(400, &[0.0], Some(false), failed(Failure::AnotherPerson))]),
        ("too late", &[(20_001, &[0.0], None, failed(Failure::TimedOut))]),
        ("nobody for a moment", &[(400, &[], None, look), (800, &[12.0], None, turn)]),
        ("nobody for long", &[(400, &[], None, look), (1_300, &[0.0], None, look)]),
        (
            "two people",
            &[(400, &[0.0, 0.0], None, not_yet(LivenessAdvice::OnlyOnePerson)), (500, &[0.0], None, look)],
        ),
    ];
    for (name, frames) in cases {
        let (mut session, head) = asked_to_turn_left();
        for (at_ms, turns, same_person, expected) in frames {
            let faces: Vec<DetectedFace> = turns.iter().map(|yaw_deg| at(&head, *yaw_deg)).collect();
            let verdict =
                session.observe(&Observation { at_ms: *at_ms, faces: &faces, same_person: *same_person });
            assert_eq!(verdict, *expected, "{name} at {at_ms}");
        }
    }
}

#[test]
fn a_face_that_is_lost_again_and_again_ends_the_try() {
    let (mut session, head) = asked_to_turn_left();
    let mut at_ms = 300;
    for _ in 0..=LivenessLimits::KIOSK.restarts_max {
        let face = at(&head, 0.0);
        let moved = DetectedFace { left_px: face.left_px + 400.0, ..face };
        for face in [moved, face, face, face, face] {
            at_ms += 100;
            if observed(&mut session, at_ms, &face) == failed(Failure::FaceLost) {
                return;
            }
        }
    }
    panic!("it never ended");
}

#[test]
fn b14_landmarks_that_are_no_numbers_are_never_live() {
    let (mut session, head) = asked_to_turn_left();
    let mut face = at(&head, 12.0);
    for (frame, bad) in [f32::NAN, f32::INFINITY, 0.0].into_iter().cycle().take(90).enumerate() {
        face.landmarks[2].x_px = bad;
        let verdict = observed(&mut session, 400 + 100 * frame as u64, &face);
        assert_ne!(verdict, Verdict::Live);
    }
}

/// The president's head with grey around it, and what the detector says of it.
fn portrait() -> (Picture, DetectedFace) {
    let head = fixture("president/obama.jpg").cut(180, 60, 560, 560).scaled(420, 420);
    let picture = Picture::grey(640, 640, 90).with(&head, 110, 110);
    let face = seen(&picture).unwrap();
    (picture, face)
}

fn seen(picture: &Picture) -> Option<DetectedFace> {
    engine().detect(&picture.photo()).unwrap().first().copied()
}

/// The nose stands out of the photo, as it does of a face: with the detector's own errors, but with no head.
fn in_relief(picture: &Picture, front: &DetectedFace, yaw_deg: f32, nose: f32) -> Picture {
    let [right, left, tip, ..] = front.landmarks;
    let eyes_px = (left.x_px - right.x_px).hypot(left.y_px - right.y_px);
    let depth = move |x: f32, y: f32| {
        let away = (x - tip.x_px).hypot(y - tip.y_px) / eyes_px;
        nose * eyes_px * (-away * away / 0.08).exp()
    };
    picture.in_relief(front.centre().x_px, yaw_deg, depth)
}

#[test]
fn a_photo_that_is_flat_bent_or_has_a_raised_nose_is_never_live() {
    let (picture, front) = portrait();
    let swing = [0.0, 0.0, 0.0, 0.0, 10.0, 18.0, 26.0, 32.0, 36.0, 36.0, 30.0, 20.0, 10.0, 0.0, 0.0, 0.0];
    let verdict_of = |view: &dyn Fn(f32) -> Picture| {
        let challenges = Challenges::new(&[Challenge::TurnLeft]).unwrap();
        let mut session = Session::begin(challenges, LivenessLimits::KIOSK, 0);
        let mut verdict = None;
        for (frame, yaw_deg) in swing.into_iter().enumerate() {
            let faces: Vec<DetectedFace> = seen(&view(yaw_deg)).into_iter().collect();
            let at_ms = 150 * (1 + frame as u64);
            verdict = Some(session.observe(&Observation { at_ms, faces: &faces, same_person: Some(true) }));
        }
        verdict.unwrap()
    };
    // The detector finds the nose by the whole face: a nose that is only pushed aside in a picture stays where it was.
    assert_ne!(verdict_of(&|yaw_deg| in_relief(&picture, &front, yaw_deg, 0.45)), Verdict::Live, "raised");
    assert_ne!(verdict_of(&|yaw_deg| in_relief(&picture, &front, yaw_deg, 0.0)), Verdict::Live, "flat");
    let middle = front.centre().x_px;
    assert_ne!(verdict_of(&|yaw_deg| picture.turned_aside(middle, 260.0, -yaw_deg)), Verdict::Live, "bent");
}

#[test]
fn b01_the_detector_sees_no_parallax_in_tilted_prints() {
    let (picture, front) = portrait();
    let reference = ReferenceFace::of(&[front.landmarks]).unwrap();
    let turn_min = LivenessLimits::KIOSK.turn_min;
    for yaw_deg in [-45.0, -30.0, -15.0, 0.0, 15.0, 30.0, 45.0] {
        for lean in [-20.0, 0.0, 20.0] {
            let print = in_relief(&picture, &front, yaw_deg, 0.0).leaning(lean);
            let Some(face) = seen(&print) else { continue };
            let parallax = reference.parallax(&face.landmarks).unwrap();
            assert!(parallax.aside.abs() < turn_min, "{yaw_deg}° {lean}°: {parallax:?}");
        }
    }
}

/// People of the development photos with several pictures each, by the one that looks straightest.
const PEOPLE: usize = 40;

#[test]
fn real_heads_that_are_turned_show_the_parallax_of_a_turn_and_straight_ones_none() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/faces/lfw_dev/members");
    let Ok(people) = std::fs::read_dir(&folder) else {
        eprintln!(
            "NOT RUN: the turns of real heads (1 check) need the development photos, which are not here"
        );
        return;
    };
    let mut people: Vec<_> = people.map(|person| person.unwrap().path()).collect();
    people.sort();
    let limits = LivenessLimits::KIOSK;
    let (mut turned, mut straight, mut wrong) = (0, 0, Vec::new());
    for person in &people[..PEOPLE] {
        let views = views(person);
        let Some((reference, _)) = views.iter().min_by(|a, b| a.1.abs().total_cmp(&b.1.abs())) else {
            continue;
        };
        let reference_yaw = views.iter().map(|view| view.1.abs()).fold(f32::INFINITY, f32::min);
        let Some(reference) = ReferenceFace::of(&[*reference]).filter(|_| reference_yaw < 8.0) else {
            continue;
        };
        for (view, yaw_deg) in &views {
            let Some(parallax) = reference.parallax(view) else { continue };
            if yaw_deg.abs() >= 25.0 {
                turned += 1;
                let is_seen = parallax.aside.abs() >= limits.turn_min;
                let is_right_way = parallax.aside.is_sign_positive() == yaw_deg.is_sign_positive();
                wrong.extend((!is_seen || !is_right_way).then_some((*yaw_deg, parallax)));
            } else if yaw_deg.abs() <= 6.0 {
                straight += 1;
                wrong.extend((parallax.aside.abs() >= limits.turn_min).then_some((*yaw_deg, parallax)));
            }
        }
    }
    println!("{turned} turned heads, {straight} straight ones: {} judged wrong", wrong.len());
    assert!(turned >= 10 && straight >= 30, "{turned} {straight}: hardly anybody was looked at");
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// The landmarks of a person's photos with how far the head is turned, by the pose that the quality is measured from.
fn views(person: &std::path::Path) -> Vec<([Point; LANDMARKS], f32)> {
    let mut files: Vec<_> = std::fs::read_dir(person).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let view = |file: &std::path::PathBuf| {
        let photo = photo::read(file, &PhotoLimits::default()).ok()?;
        let findings = engine().inspect(&photo).unwrap();
        let face = findings.faces.first()?;
        Some((face.landmarks, findings.main.as_ref()?.1.pose.yaw_deg))
    };
    files.iter().filter_map(view).collect()
}
