"""Draws what surrounds a picture on a screen: status bars, titles, buttons, text; and captions and logos over it."""
import functools

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WORDS = ("the of and to in is you that it was for on are with as his they be at one have this from or had by hot but some what there we can out "
         "other were all your when up use word how said an each she which do their time if will way about many then them would write like so these "
         "her long make thing see him two has look more day could go come did my sound no most number who over know water than call first people may "
         "down side been now find any new work part take get place made live where after back little only round man year came show every good").split()
LIGHT = [(255, 255, 255), (242, 242, 247), (250, 250, 250), (236, 239, 241)]
DARK = [(0, 0, 0), (18, 18, 18), (28, 28, 30), (33, 37, 43)]
ACCENTS = [(0, 122, 255), (29, 155, 240), (225, 48, 108), (7, 94, 84), (98, 0, 238), (211, 47, 47)]


@functools.lru_cache(64)
def font(size):
    """Pillow's own, so that no other is needed."""
    return ImageFont.load_default(size)


def words(random, count):
    return " ".join(random.choice(WORDS, count)).capitalize()


def line(draw, text, at, size, fill, anchor="la", stroke=None, most=None):
    """A line of text, no longer than `most`."""
    if most is not None:
        while len(text) > 1 and draw.textlength(text, font=font(size)) > most:
            text = text[:-1]
    draw.text(at, text, fill, font(size), anchor=anchor, stroke_width=max(1, size // 14) if stroke else 0, stroke_fill=stroke)


def text_bar(random, width, height, dark):
    """A bar with a line of text or two."""
    back, ink = [(255, 255, 255), (0, 0, 0)][::-1 if dark else 1]
    if random.integers(3) == 0:
        back, ink = ACCENTS[random.integers(len(ACCENTS))], (255, 255, 255)
    bar = Image.new("RGB", (width, height), back)
    draw = ImageDraw.Draw(bar)
    lines = int(random.integers(1, 3))
    size = max(7, round(height * (0.5 if lines == 1 else 0.32)))
    for i in range(lines):
        y = round(height * (i + 0.5) / lines)
        line(draw, words(random, int(random.integers(4, 12))), (width // 2, y), size, ink, anchor="mm", most=width)
    return bar


def status_bar(random, draw, width, height, ink, back):
    draw.rectangle([0, 0, width, height], back)
    size = round(height * 0.55)
    line(draw, f"{random.integers(0, 24)}:{random.integers(0, 60):02}", (round(width * 0.05), height // 2), size, ink, anchor="lm")
    x = round(width * 0.95)
    draw.rounded_rectangle([x - size * 2, height // 2 - size // 2, x, height // 2 + size // 2], size // 4, outline=ink, width=2)
    draw.rectangle([x - size * 2 + 4, height // 2 - size // 2 + 4, x - round(size * random.uniform(0.3, 1.6)), height // 2 + size // 2 - 4], ink)
    for i in range(4):
        left = x - size * 4 + i * size // 3
        draw.rectangle([left, height // 2 + size // 2 - (i + 1) * size // 4, left + size // 5, height // 2 + size // 2], ink)


def phone(random, image, dark):
    """An app of a phone that shows the picture across the screen: bars above, text and buttons below."""
    width = int(random.choice([540, 720, 828]))
    height = round(width * random.uniform(1.78, 2.2))
    back = (DARK if dark else LIGHT)[random.integers(4)]
    ink = (235, 235, 235) if dark else (20, 20, 20)
    pale = (140, 140, 145)
    screen = Image.new("RGB", (width, height), back)
    draw = ImageDraw.Draw(screen)
    unit = round(width * 0.06)
    accent = ACCENTS[random.integers(len(ACCENTS))]
    title_back = accent if random.integers(3) == 0 else back
    y = unit
    status_bar(random, draw, width, y, ink if title_back is back else (255, 255, 255), title_back)
    draw.rectangle([0, y, width, y + 2 * unit], title_back)
    draw.line([unit, y + unit, unit * 3 // 2, y + unit // 2], ink, 3)
    draw.line([unit, y + unit, unit * 3 // 2, y + unit * 3 // 2], ink, 3)
    line(draw, words(random, 2), (3 * unit, y + unit), round(unit * 0.8), ink if title_back is back else (255, 255, 255), anchor="lm")
    y += 2 * unit
    draw.line([0, y, width, y], pale)
    if random.integers(2):
        draw.ellipse([unit // 2, y + unit // 4, unit * 2, y + unit * 7 // 4], accent)
        line(draw, words(random, 2), (unit * 5 // 2, y + unit // 3), round(unit * 0.6), ink)
        line(draw, f"{random.integers(1, 60)} min", (unit * 5 // 2, y + unit * 6 // 5), round(unit * 0.5), pale)
        y += 2 * unit
    for _ in range(random.integers(3)):
        line(draw, words(random, 8), (unit // 2, y + unit // 4), round(unit * 0.65), ink, most=width - unit)
        y += unit
    side = int(random.choice([0, 0, unit // 2]))
    room = height - y - 6 * unit
    shown = fitted(image, width - 2 * side, room)
    left = (width - shown.width) // 2
    screen.paste(shown, (left, y))
    y += shown.height
    for i in range(5):
        x = unit // 2 + i * unit * 2
        if i < 3:
            draw.ellipse([x, y + unit // 2, x + unit, y + unit * 3 // 2], outline=ink, width=3)
    y += 2 * unit
    while y < height - 5 * unit // 2:
        if random.integers(4) == 0:
            y += unit
            continue
        line(draw, words(random, 9), (unit // 2, y), round(unit * 0.6), ink if random.integers(3) else pale, most=round(width * random.uniform(0.4, 0.95)))
        y += unit
    draw.rectangle([0, height - 2 * unit, width, height], back)
    draw.line([0, height - 2 * unit, width, height - 2 * unit], pale)
    for i in range(4):
        x = round(width * (i + 0.5) / 4)
        draw.rectangle([x - unit // 2, height - unit * 3 // 2, x + unit // 2, height - unit // 2], outline=accent if i == 0 else pale, width=3)
    return screen


def fitted(image, width, height):
    """Brought to that width, unless it is then too high."""
    scale = min(width / image.width, height / image.height)
    return image.resize([max(8, round(side * scale)) for side in image.size], Image.Resampling.BICUBIC)


def viewer(random, image):
    """A picture viewer of a phone, upright or lying: the picture in the middle, bars of the system, few buttons."""
    short, long = 720, round(720 * random.uniform(1.78, 2.2))
    width, height = (short, long) if random.integers(3) else (long, short)
    dark = random.integers(3) > 0
    back = (0, 0, 0) if dark else (255, 255, 255)
    ink = (255, 255, 255) if dark else (0, 0, 0)
    screen = Image.new("RGB", (width, height), back)
    draw = ImageDraw.Draw(screen)
    unit = 44
    room = height - 4 * unit if random.integers(2) else height
    shown = fitted(image, width, room)
    screen.paste(shown, ((width - shown.width) // 2, (height - shown.height) // 2))
    if random.integers(4):
        status_bar(random, draw, width, unit, ink, back)
    if random.integers(2):
        line(draw, words(random, 2), (width // 2, unit * 2), 30, ink, anchor="mm")
    if random.integers(3):
        for i in range(4):
            x = round(width * (i + 0.5) / 4)
            draw.ellipse([x - 18, height - 62, x + 18, height - 26], outline=ink, width=4)
    return screen


def desktop(random, image):
    """A window of a desktop: title, tools, perhaps a list at one side, a line below; the window alone, or on the desktop."""
    dark = random.integers(2) == 0
    back = (DARK if dark else LIGHT)[random.integers(4)]
    bar = tuple(max(0, it - 20) if not dark else it + 25 for it in back)
    ink = (230, 230, 230) if dark else (30, 30, 30)
    width, height = [(1024, 640), (1024, 768), (1120, 630)][random.integers(3)]
    window = Image.new("RGB", (width, height), back)
    draw = ImageDraw.Draw(window)
    title, tools, below = 32, int(random.choice([0, 40, 64])), int(random.choice([0, 24]))
    draw.rectangle([0, 0, width, title], bar)
    line(draw, words(random, 3), (width // 2, title // 2), 15, ink, anchor="mm")
    for i, fill in enumerate([(237, 106, 94), (245, 191, 79), (98, 197, 84)]):
        draw.ellipse([12 + 22 * i, 9, 26 + 22 * i, 23], fill)
    if tools:
        draw.rectangle([0, title, width, title + tools], bar)
        for i in range(random.integers(4, 14)):
            draw.rectangle([14 + 40 * i, title + tools // 2 - 10, 34 + 40 * i, title + tools // 2 + 10], outline=ink, width=2)
    aside = int(random.choice([0, 0, 180, 220]))
    if aside:
        for y in range(title + tools + 10, height - below - 20, 24):
            line(draw, words(random, 3), (12, y), 14, ink, most=aside - 24)
        draw.line([aside, title + tools, aside, height - below], ink)
    if below:
        draw.rectangle([0, height - below, width, height], bar)
        line(draw, f"{image.width} x {image.height}  {random.integers(10, 400)} %", (8, height - below // 2), 13, ink, anchor="lm")
    pad = int(random.choice([0, 0, 12]))
    shown = fitted(image, width - aside - 2 * pad, height - title - tools - below - 2 * pad)
    window.paste(shown, (aside + (width - aside - shown.width) // 2, title + tools + (height - title - tools - below - shown.height) // 2))
    if random.integers(2):
        return window
    whole = Image.new("RGB", (width + 200, height + 160), ACCENTS[random.integers(len(ACCENTS))])
    whole.paste(window, (int(random.integers(200)), int(random.integers(110))))
    draw = ImageDraw.Draw(whole)
    draw.rectangle([0, height + 120, width + 200, height + 160], (25, 25, 28))
    for i in range(8):
        draw.rounded_rectangle([12 + 48 * i, height + 126, 42 + 48 * i, height + 154], 6, ACCENTS[i % len(ACCENTS)])
    return whole


def with_logo(random, image, area, anywhere):
    """A plate of that share of the area over the picture."""
    image = image.copy()
    ratio = np.exp(random.uniform(np.log(0.5), np.log(2.5)))
    total = area * image.width * image.height
    width, height = min(image.width, round(np.sqrt(total * ratio))), min(image.height, round(np.sqrt(total / ratio)))
    room = np.array([image.width - width, image.height - height])
    if anywhere:
        x, y = (int(it) for it in random.random(2) * room)
    else:
        edge = round(0.02 * min(image.size))
        x, y = (edge if random.integers(2) else max(0, int(it) - edge) for it in room)
    fill = [(255, 255, 255), (0, 0, 0), ACCENTS[random.integers(len(ACCENTS))]][random.integers(3)]
    ink = (0, 0, 0) if sum(fill) > 500 else (255, 255, 255)
    draw = ImageDraw.Draw(image)
    kind = random.integers(3)
    box = [x, y, x + width - 1, y + height - 1]
    if kind == 0:
        draw.rectangle(box, fill)
    elif kind == 1:
        draw.rounded_rectangle(box, min(width, height) // 4, fill)
    else:
        draw.ellipse(box, fill)
    line(draw, words(random, 1), (x + width // 2, y + height // 2), max(8, height // 3), ink, anchor="mm", most=width)
    return image
