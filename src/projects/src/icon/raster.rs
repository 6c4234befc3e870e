//! Sigils as PNG.

use std::io;

use domain::sigil::{Core, Point, Sigil};
use tiny_skia::{Color, FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, PixmapMut, Rect, Stroke, Transform};

use super::Inks;
use crate::colour::Rgb;

/// The ground a sigil stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A square with round corners, clear outside them: for purpose `any`.
    Rounded,
    /// Colour to every edge, the figure inside the safe zone (a circle of 40 % radius): for purpose `maskable`,
    /// and for systems that cut their own corners.
    Full,
}

/// Control points of a quarter circle, as a part of its radius.
const ROUND: f32 = 0.552_284_8;

/// The sigil of `name`, `size` by `size` pixels, in its light colours. The same input gives the same bytes.
///
/// # Errors
/// When `size` is 0 or too large to hold in memory.
pub fn png(name: &str, size: u32, shape: Shape) -> io::Result<Vec<u8>> {
    let mut image = Pixmap::new(size, size)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, format!("no image can be {size} pixels wide")))?;
    draw(&mut image.as_mut(), &Sigil::of(name), size, shape)
        .ok_or_else(|| io::Error::other(format!("the sigil of {name:?} has no area")))?;
    image.encode_png().map_err(io::Error::other)
}

/// `None` when a path comes out empty, which no figure's does.
fn draw(image: &mut PixmapMut<'_>, figure: &Sigil, size: u32, shape: Shape) -> Option<()> {
    let inks = Inks::light(figure.hue);
    let field = Transform::from_scale(size as f32 / 40.0, size as f32 / 40.0);
    let place = match shape {
        Shape::Rounded => {
            image.fill_path(&rounded_square()?, &paint(inks.soft), FillRule::Winding, field, None);
            field
        }
        Shape::Full => {
            image.fill(colour(inks.soft));
            // The figure's radius is 16.85 of 20; the safe zone's is 16. Leave it some air.
            field.pre_translate(20.0, 20.0).pre_scale(0.82, 0.82).pre_translate(-20.0, -20.0)
        }
    };
    let turned = place.pre_concat(Transform::from_rotate_at(figure.turn as f32, 20.0, 20.0));
    let ink = paint(inks.ink);
    let line = Stroke { width: 1.5, line_join: LineJoin::Round, ..Stroke::default() };
    image.stroke_path(&polygon(&figure.star)?, &ink, &line, turned, None);
    for dot in &figure.dots {
        image.fill_path(&disc(*dot, 1.25)?, &ink, FillRule::Winding, turned, None);
    }
    let core = match &figure.core {
        Core::Disc(radius) => disc((20.0, 20.0), *radius as f32)?,
        Core::Polygon(corners) => polygon(corners)?,
    };
    image.fill_path(&core, &ink, FillRule::Winding, turned, None);
    Some(())
}

fn colour(Rgb(r, g, b): Rgb) -> Color {
    Color::from_rgba8(r, g, b, 255)
}

fn paint(rgb: Rgb) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color(colour(rgb));
    paint
}

fn polygon(corners: &[Point]) -> Option<Path> {
    let mut path = PathBuilder::new();
    let mut corners = corners.iter().map(|(x, y)| (*x as f32, *y as f32));
    let (x, y) = corners.next()?;
    path.move_to(x, y);
    for (x, y) in corners {
        path.line_to(x, y);
    }
    path.close();
    path.finish()
}

fn disc((x, y): Point, radius: f32) -> Option<Path> {
    PathBuilder::from_circle(x as f32, y as f32, radius)
}

/// The whole field with corners of radius 10.
fn rounded_square() -> Option<Path> {
    let field = Rect::from_xywh(0.0, 0.0, 40.0, 40.0)?;
    let (l, t, r, b, radius) = (field.left(), field.top(), field.right(), field.bottom(), 10.0);
    let bend = radius * (1.0 - ROUND);
    let mut path = PathBuilder::new();
    path.move_to(l + radius, t);
    path.line_to(r - radius, t);
    path.cubic_to(r - bend, t, r, t + bend, r, t + radius);
    path.line_to(r, b - radius);
    path.cubic_to(r, b - bend, r - bend, b, r - radius, b);
    path.line_to(l + radius, b);
    path.cubic_to(l + bend, b, l, b - bend, l, b - radius);
    path.line_to(l, t + radius);
    path.cubic_to(l, t + bend, l + bend, t, l + radius, t);
    path.close();
    path.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(size: u32, shape: Shape) -> Pixmap {
        Pixmap::decode_png(&png("pod-tracker", size, shape).unwrap()).unwrap()
    }

    #[test]
    fn the_same_name_gives_the_same_bytes_and_another_does_not() {
        let one = png("pod-tracker", 64, Shape::Rounded).unwrap();
        assert_eq!(one, png("pod-tracker", 64, Shape::Rounded).unwrap());
        assert_ne!(one, png("pod-trackers", 64, Shape::Rounded).unwrap());
    }

    #[test]
    fn sizes_are_exact_and_none_is_refused() {
        let image = decoded(192, Shape::Rounded);
        assert_eq!((image.width(), image.height()), (192, 192));
        assert_eq!(png("pod", 0, Shape::Full).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn corners_are_clear_when_rounded_and_coloured_when_full() {
        let soft = Inks::light(super::super::hue("pod-tracker")).soft;
        assert_eq!(decoded(192, Shape::Rounded).pixel(0, 0).unwrap().alpha(), 0);
        let corner = decoded(192, Shape::Full).pixel(0, 0).unwrap();
        assert_eq!(Rgb(corner.red(), corner.green(), corner.blue()), soft);
        assert_eq!(corner.alpha(), 255);
    }

    #[test]
    fn a_full_sigil_stays_in_the_safe_zone() {
        let image = decoded(500, Shape::Full);
        let ground = image.pixel(0, 0).unwrap();
        let mut inked = 0;
        for y in 0..500 {
            for x in 0..500 {
                if image.pixel(x, y).unwrap() != ground {
                    inked += 1;
                    assert!((f64::from(x) - 249.5).hypot(f64::from(y) - 249.5) <= 200.0, "ink at {x}, {y}");
                }
            }
        }
        assert!(inked > 5_000, "only {inked} pixels are inked");
    }
}
