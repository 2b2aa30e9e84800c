"""The edits: what happens to pictures on their way, with random parameters.

Each is a function of (random, image) that returns an image, or an image and how to save it; `EDITS` names them with the family by which
they are counted. All is drawn from the generator given, so that a picture is a function of the seed, its name and the edit.
"""
import io

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

import screens

BICUBIC, BILINEAR = Image.Resampling.BICUBIC, Image.Resampling.BILINEAR
PNG = {"format": "PNG"}


def jpeg(quality):
    return {"format": "JPEG", "quality": int(quality)}


def between(low, high):
    return lambda random: float(random.uniform(low, high))


def sized(image, scale, filter=BICUBIC):
    return image.resize([max(8, round(side * scale)) for side in image.size], filter)


# Encoded anew.


def jpeg_of(low, high):
    return lambda random, image: (image, jpeg(random.integers(low, high + 1)))


def resized(random, image):
    return sized(image, random.uniform(0.25, 0.9), Image.Resampling(int(random.choice([0, 1, 2, 3, 4, 5]))))


def thumbnail(random, image):
    return sized(image, random.integers(96, 257) / max(image.size))


def squeezed(random, image):
    ratio = np.exp(random.uniform(np.log(0.6), np.log(1.6)))
    return image.resize([max(8, round(image.width * ratio)), image.height], BICUBIC)


# Tones.


def grey(random, image):
    return image.convert("L")


def brightness(random, image):
    return ImageEnhance.Brightness(image).enhance(random.uniform(0.7, 1.3))


def contrast(random, image):
    return ImageEnhance.Contrast(image).enhance(random.uniform(0.6, 1.6))


def gamma(random, image):
    power = np.exp(random.uniform(np.log(0.5), np.log(2)))
    return image.point([round(255 * (i / 255) ** power) for i in range(256)] * 3)


def saturation(random, image):
    return ImageEnhance.Color(image).enhance(random.uniform(0, 2.5))


# Detail.


def blurred(random, image):
    return image.filter(ImageFilter.GaussianBlur(random.uniform(1, 5)))


def noisy(random, image):
    return noise(random, image, random.uniform(5, 25))


def noise(random, image, sigma):
    pixels = np.asarray(image, np.float32)
    return Image.fromarray((pixels + random.normal(0, sigma, pixels.shape)).clip(0, 255).astype(np.uint8))


def sharpened(random, image):
    return image.filter(ImageFilter.UnsharpMask(random.uniform(1, 4), int(random.integers(50, 250)), 2))


# Put into something.


def color(random):
    """Black, white, or any."""
    return [(0, 0, 0), (255, 255, 255), tuple(int(it) for it in random.integers(0, 256, 3))][random.integers(3)]


def framed(image, left, top, right, bottom, fill):
    """With so many pixels of one colour on each side."""
    whole = Image.new("RGB", (image.width + left + right, image.height + top + bottom), fill)
    whole.paste(image, (left, top))
    return whole


def border_of(low, high):
    """Of equal width, that share of the shorter side, on all four."""

    def border(random, image):
        width = max(1, round(random.uniform(low, high) / 100 * min(image.size)))
        return framed(image, width, width, width, width, color(random))

    return border


def uneven_border(random, image):
    left, right = (round(share * image.width) for share in random.uniform(0.01, 0.12, 2))
    top, bottom = (round(share * image.height) for share in random.uniform(0.01, 0.12, 2))
    return framed(image, left, top, right, bottom, color(random))


def letterbox(random, image):
    bar = round(random.uniform(0.05, 0.35) * image.height)
    return framed(image, 0, bar, 0, bar, color(random))


def pillarbox(random, image):
    bar = round(random.uniform(0.05, 0.35) * image.width)
    return framed(image, bar, 0, bar, 0, color(random))


def blurred_bars(random, image):
    """Between bars that show the picture itself, enlarged, blurred and darkened, as films made for upright screens have them."""
    upright = random.integers(2) == 0
    share = random.uniform(0.1, 0.35)
    bar = round(share * (image.height if upright else image.width))
    size = (image.width, image.height + 2 * bar) if upright else (image.width + 2 * bar, image.height)
    behind = image.resize(size, BILINEAR).filter(ImageFilter.GaussianBlur(0.04 * min(size)))
    behind = ImageEnhance.Brightness(behind).enhance(random.uniform(0.4, 0.9))
    behind.paste(image, (0, bar) if upright else (bar, 0))
    return behind


def caption_beside(random, image):
    """A bar with text above or below the picture, which stays whole."""
    height = round(random.uniform(0.1, 0.25) * image.height)
    dark = random.integers(4) == 0
    bar = screens.text_bar(random, image.width, height, dark)
    above = random.integers(2) == 0
    whole = Image.new("RGB", (image.width, image.height + height))
    whole.paste(image, (0, height if above else 0))
    whole.paste(bar, (0, 0 if above else image.height))
    return whole


def phone_light(random, image):
    return screens.phone(random, image, dark=False), PNG if random.integers(2) else jpeg(90)


def phone_dark(random, image):
    return screens.phone(random, image, dark=True), PNG if random.integers(2) else jpeg(90)


def viewer(random, image):
    return screens.viewer(random, image), PNG if random.integers(2) else jpeg(90)


def desktop(random, image):
    return screens.desktop(random, image), PNG if random.integers(2) else jpeg(90)


# Cut. A crop takes that share of the width and of the height away, in all.


def crop_of(low, high, anywhere):
    def crop(random, image):
        return cropped(random, image, low, high, anywhere)

    return crop


def cropped(random, image, low, high, anywhere):
    width, height = (share / 100 * side for share, side in zip(random.uniform(low, high, 2), image.size))
    x, y = random.random(2) if anywhere else (0.5, 0.5)
    return image.crop([round(x * width), round(y * height), round(image.width - (1 - x) * width), round(image.height - (1 - y) * height)])


def cut_of(side):
    """From 2 to 12 of 100 off one side."""

    def cut(random, image):
        share = random.uniform(0.02, 0.12)
        box = [0, 0, *image.size]
        length = image.height if side % 2 else image.width
        box[side] = round(share * length) if side < 2 else round((1 - share) * length)
        return image.crop(box)

    return cut


# Tilted.


def tilt_of(low, high, inscribed):
    def tilt(random, image):
        return tilted(image, random.uniform(low, high) * random.choice([-1, 1]), inscribed, color(random))

    return tilt


def tilted(image, degrees, inscribed, fill):
    """Turned about its middle: the corners filled, or cut to the largest upright rectangle of the same proportions within."""
    turned = image.rotate(degrees, BICUBIC, fillcolor=fill)
    if not inscribed:
        return turned
    angle = np.radians(abs(degrees))
    width, height = image.size
    scale = 1 / (np.cos(angle) + np.sin(angle) * max(width / height, height / width))
    x, y = (1 - scale) / 2 * width + 1, (1 - scale) / 2 * height + 1
    return turned.crop([round(x), round(y), round(width - x), round(height - y)])


# Covered.


def caption(random, image):
    """A bar with text over the top or the bottom."""
    image = image.copy()
    height = round(random.uniform(0.08, 0.18) * image.height)
    bar = screens.text_bar(random, image.width, height, random.integers(2) == 0)
    image.paste(bar, (0, 0 if random.integers(2) else image.height - height))
    return image


def caption_clear(random, image):
    """Text with an outline on the picture itself, at the top, the bottom or both."""
    image = image.copy()
    draw = ImageDraw.Draw(image)
    for at in [[0.04], [0.84], [0.04, 0.84]][random.integers(3)]:
        size = max(8, round(random.uniform(0.07, 0.12) * image.height))
        screens.line(draw, screens.words(random, int(random.integers(2, 6))).upper(), (image.width // 2, round(at * image.height)), size,
                     (255, 255, 255), anchor="ma", stroke=(0, 0, 0), most=image.width)
    return image


def logo_of(anywhere):
    """A plate with text or a disc, from 1 to 6 of 100 of the area."""

    def logo(random, image):
        return screens.with_logo(random, image, random.uniform(0.01, 0.06), anywhere)

    return logo


def watermark(random, image):
    """Pale text across the picture, once or over and over again."""
    layer = Image.new("RGBA", (2 * max(image.size),) * 2)
    draw = ImageDraw.Draw(layer)
    text = screens.words(random, 2)
    size = max(8, round(random.uniform(0.04, 0.1) * max(image.size)))
    fill = (*[(255, 255, 255), (0, 0, 0), (128, 128, 128)][random.integers(3)], int(random.integers(60, 150)))
    middle = layer.width // 2
    if random.integers(2):
        screens.line(draw, text, (middle, middle), size, fill, anchor="mm")
    else:
        for y in range(0, layer.height, 4 * size):
            for x in range(0, layer.width, (len(text) + 4) * size // 2):
                screens.line(draw, text, (x, y), size, fill)
    layer = layer.rotate(random.choice([0, 30, 45, -30]), BILINEAR)
    left, top = middle - image.width // 2, middle - image.height // 2
    return Image.alpha_composite(image.convert("RGBA"), layer.crop([left, top, left + image.width, top + image.height])).convert("RGB")


# Turned.


def quarter(random, image):
    return image.transpose([Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270][random.integers(3)])


def mirrored(random, image):
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


# Several at once.


def screenshot_poor(random, image):
    """A screenshot passed on: smaller, and as JPEG of a low quality."""
    image = screens.viewer(random, image) if random.integers(2) else screens.phone(random, image, dark=random.integers(2) == 0)
    return sized(image, random.uniform(0.4, 0.8)), jpeg(random.integers(20, 70))


def crop_and_mirror(random, image):
    return mirrored(random, cropped(random, image, 2, 8, False))


def border_and_quarter(random, image):
    return quarter(random, border_of(2, 12)(random, image))


def tilt_and_crop(random, image):
    return cropped(random, tilted(image, random.uniform(1, 4) * random.choice([-1, 1]), True, None), 1, 4, False)


def border_and_logo(random, image):
    return logo_of(False)(random, border_of(2, 10)(random, image))


def photo_of_screen(random, image):
    """Taken off a screen in the dark: seen at an angle, with what is around it, dim, unevenly lit and noisy."""
    width, height = image.size
    margin = random.uniform(0.03, 0.12)
    around = framed(image, *([round(margin * width), round(margin * height)] * 2), (int(random.integers(5, 40)),) * 3)
    width, height = around.size
    shift = random.uniform(-0.04, 0.04, (4, 2)) * [width, height]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]])
    around = around.transform(around.size, Image.Transform.PERSPECTIVE, perspective(corners, corners + shift), BICUBIC, fillcolor=(20, 20, 20))
    light = 1 + random.uniform(-0.2, 0.2) * np.linspace(-1, 1, width)[None, :, None] + random.uniform(-0.2, 0.2) * np.linspace(-1, 1, height)[:, None, None]
    pixels = np.asarray(around, np.float32) * light * random.uniform(0.7, 1)
    return noise(random, Image.fromarray(pixels.clip(0, 255).astype(np.uint8)), random.uniform(3, 12)), jpeg(80)


def perspective(to, source):
    """Pillow's eight numbers of the perspective that brings four points to four others."""
    rows = []
    for (x, y), (u, v) in zip(to, source):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    return np.linalg.solve(np.array(rows, float), source.reshape(8)).tolist()


# name: family, function
EDITS = {
    "JPEG 50 to 95": ("encoding", jpeg_of(50, 95)),
    "JPEG 10 to 50": ("encoding", jpeg_of(10, 50)),
    "resize 0.25 to 0.9": ("encoding", resized),
    "thumbnail of 96 to 256": ("encoding", thumbnail),
    "squeeze 0.6 to 1.6": ("encoding", squeezed),
    "grey": ("tones", grey),
    "brightness 0.7 to 1.3": ("tones", brightness),
    "contrast 0.6 to 1.6": ("tones", contrast),
    "gamma 0.5 to 2": ("tones", gamma),
    "saturation 0 to 2.5": ("tones", saturation),
    "blur 1 to 5": ("detail", blurred),
    "noise 5 to 25": ("detail", noisy),
    "sharpen": ("detail", sharpened),
    "border 1 to 4 %": ("border", border_of(1, 4)),
    "border 4 to 12 %": ("border", border_of(4, 12)),
    "border, uneven 1 to 12 %": ("border", uneven_border),
    "letterbox 5 to 35 %": ("letterbox", letterbox),
    "pillarbox 5 to 35 %": ("letterbox", pillarbox),
    "blurred bars 10 to 35 %": ("content bars", blurred_bars),
    "caption beside 10 to 25 %": ("content bars", caption_beside),
    "screenshot, phone, light": ("screenshot", phone_light),
    "screenshot, phone, dark": ("screenshot", phone_dark),
    "screenshot, picture viewer": ("screenshot", viewer),
    "screenshot, desktop window": ("screenshot", desktop),
    "crop 0 to 2 %, centred": ("crop", crop_of(0, 2, False)),
    "crop 2 to 5 %, centred": ("crop", crop_of(2, 5, False)),
    "crop 5 to 10 %, centred": ("crop", crop_of(5, 10, False)),
    "crop 10 to 20 %, centred": ("crop", crop_of(10, 20, False)),
    "crop 0 to 2 %, anywhere": ("crop, displaced", crop_of(0, 2, True)),
    "crop 2 to 5 %, anywhere": ("crop, displaced", crop_of(2, 5, True)),
    "crop 5 to 10 %, anywhere": ("crop, displaced", crop_of(5, 10, True)),
    "cut left 2 to 12 %": ("cut", cut_of(0)),
    "cut top 2 to 12 %": ("cut", cut_of(1)),
    "cut right 2 to 12 %": ("cut", cut_of(2)),
    "cut bottom 2 to 12 %": ("cut", cut_of(3)),
    "tilt 0 to 1, filled": ("tilt", tilt_of(0, 1, False)),
    "tilt 1 to 3, filled": ("tilt", tilt_of(1, 3, False)),
    "tilt 3 to 5, filled": ("tilt", tilt_of(3, 5, False)),
    "tilt 0 to 1, inscribed": ("tilt, inscribed", tilt_of(0, 1, True)),
    "tilt 1 to 3, inscribed": ("tilt, inscribed", tilt_of(1, 3, True)),
    "tilt 3 to 5, inscribed": ("tilt, inscribed", tilt_of(3, 5, True)),
    "caption bar 8 to 18 %": ("caption", caption),
    "caption, outlined text": ("caption", caption_clear),
    "logo at a corner 1 to 6 %": ("logo", logo_of(False)),
    "sticker anywhere 1 to 6 %": ("logo", logo_of(True)),
    "watermark": ("logo", watermark),
    "quarter turns": ("turned", quarter),
    "mirrored": ("turned", mirrored),
    "screenshot, small, JPEG 20 to 70": ("several", screenshot_poor),
    "crop 2 to 8 %, mirrored": ("several", crop_and_mirror),
    "border 2 to 12 %, quarter turn": ("several", border_and_quarter),
    "tilt 1 to 4, crop 1 to 4 %": ("several", tilt_and_crop),
    "border 2 to 10 %, logo": ("several", border_and_logo),
    "photo of a screen": ("several", photo_of_screen),
}


def encoded(result):
    """The bytes of a file, and its ending."""
    image, saved = result if isinstance(result, tuple) else (result, jpeg(90))
    data = io.BytesIO()
    image.save(data, **saved)
    return data.getvalue(), {"PNG": "png", "JPEG": "jpg"}[saved["format"]]
