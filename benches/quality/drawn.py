"""Draws pictures that are no photographs: pages of text, forms, tables, plots, maps, screens, signs; and scenes that stand in for photographs.

Reproducible from (seed, number) alone.
"""
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

import screens


def page(random):
    """A page of text: a title, paragraphs, perhaps two columns, a figure."""
    width, height = 620, int(random.choice([800, 877, 480]))
    image = Image.new("RGB", (width, height), tuple(int(it) for it in random.integers(235, 256, 3)))
    draw = ImageDraw.Draw(image)
    margin, size = int(random.integers(30, 80)), int(random.integers(9, 18))
    screens.line(draw, screens.words(random, 5), (margin, margin), 2 * size, (10, 10, 10), most=width - 2 * margin)
    columns = int(random.integers(1, 3))
    across = (width - 2 * margin - (columns - 1) * 20) // columns
    for column in range(columns):
        y = margin + 4 * size
        while y < height - margin:
            if random.integers(9) == 0:
                y += size
            if random.integers(25) == 0:
                draw.rectangle([margin + column * (across + 20), y, margin + column * (across + 20) + across, y + 90], tuple(random.integers(0, 256, 3)))
                y += 100
            share = random.uniform(0.3, 1) if random.integers(6) == 0 else 1
            screens.line(draw, screens.words(random, 14), (margin + column * (across + 20), y), size, (30, 30, 30), most=round(across * share))
            y += round(1.4 * size)
    return image


def table(random):
    image = Image.new("RGB", (640, 460), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    rows, columns = int(random.integers(5, 22)), int(random.integers(2, 8))
    for row in range(rows):
        y = 20 + row * 420 // rows
        if row == 0 or row % 2 and random.integers(2):
            draw.rectangle([20, y, 620, y + 420 // rows], tuple(random.integers(190, 245, 3)))
        draw.line([20, y, 620, y], (120, 120, 120))
        for column in range(columns):
            x = 20 + column * 600 // columns
            text = screens.words(random, 2) if column == 0 or row == 0 else f"{random.uniform(0, 999):.1f}"
            screens.line(draw, text, (x + 4, y + 2), min(16, 300 // rows), (20, 20, 20), most=600 // columns - 8)
    return image


def plot(random):
    """Axes with lines, bars or points."""
    image = Image.new("RGB", (640, 480), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    draw.rectangle([60, 40, 600, 430], outline=(0, 0, 0))
    for i in range(6):
        draw.line([60, 40 + i * 78, 600, 40 + i * 78], (225, 225, 225))
        screens.line(draw, f"{i * random.integers(1, 9)}", (50, 40 + i * 78), 14, (0, 0, 0), anchor="rm")
    screens.line(draw, screens.words(random, 4), (330, 20), 18, (0, 0, 0), anchor="mm")
    kind = random.integers(3)
    for _ in range(random.integers(1, 5) if kind != 1 else 1):
        fill = tuple(int(it) for it in random.integers(0, 220, 3))
        count = int(random.integers(4, 60))
        xs = np.linspace(65, 595, count)
        ys = 235 + np.cumsum(random.normal(0, 25, count)) * 1.0 + random.normal(0, 30)
        ys = ys.clip(45, 428)
        if kind == 0:
            draw.line([(float(x), float(y)) for x, y in zip(xs, ys)], fill, int(random.integers(1, 5)))
        elif kind == 1:
            for x, y in zip(xs, ys):
                draw.rectangle([x - 200 / count, y, x + 200 / count, 430], fill)
        else:
            for x, y in random.normal([330, 235], [120, 80], (count * 3, 2)).clip([65, 45], [595, 425]):
                draw.ellipse([x - 4, y - 4, x + 4, y + 4], fill)
    return image


def picture(random):
    """A scene of soft shapes and texture, whose hash is as rich as a photograph's."""
    width, height = int(random.integers(400, 800)), int(random.integers(400, 800))
    pixels = np.zeros((height, width, 3), np.float32)
    for grain, reach in [(3, 90), (8, 60), (24, 35), (70, 20)]:
        cells = random.normal(0, reach, (grain, grain, 3)).astype(np.float32)
        cells = 0.8 * cells.mean(2, keepdims=True) + 0.4 * cells
        for channel in range(3):
            pixels[..., channel] += np.asarray(Image.fromarray(cells[..., channel]).resize((width, height), Image.Resampling.BICUBIC))
    image = Image.fromarray((pixels + 128).clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(random.integers(3, 14)):
        x, y = random.random(2) * image.size
        across, down = random.uniform(0.03, 0.25, 2) * image.size
        shape = [draw.ellipse, draw.rectangle][random.integers(2)]
        shape([x - across, y - down, x + across, y + down], tuple(int(it) for it in random.integers(0, 256, 3)))
    return image.filter(ImageFilter.GaussianBlur(1.2))


def chart(random):
    """A map of regions, or cells of colour."""
    image = Image.new("RGB", (560, 420), tuple(int(it) for it in random.integers(150, 250, 3)))
    draw = ImageDraw.Draw(image)
    for _ in range(random.integers(4, 40)):
        middle = random.random(2) * image.size
        corners = middle + random.normal(0, random.uniform(10, 80), (int(random.integers(3, 9)), 2))
        draw.polygon([tuple(it) for it in corners], tuple(int(it) for it in random.integers(0, 256, 3)), outline=(60, 60, 60))
    return image


def sign(random):
    """A logo or sign: few large shapes, perhaps in the middle, and a word."""
    image = Image.new("RGB", (500, int(random.choice([300, 500]))), [(255, 255, 255), tuple(int(it) for it in random.integers(0, 256, 3))][random.integers(2)])
    draw = ImageDraw.Draw(image)
    for _ in range(random.integers(1, 5)):
        x, y = random.uniform(0.25, 0.75, 2) * image.size
        reach = random.uniform(20, 160)
        fill = tuple(int(it) for it in random.integers(0, 256, 3))
        if random.integers(2):
            draw.ellipse([x - reach, y - reach, x + reach, y + reach], fill)
        else:
            draw.regular_polygon((x, y, reach), int(random.integers(3, 8)), rotation=int(random.integers(360)), fill=fill)
    screens.line(draw, screens.words(random, 2), (250, image.height // 2), int(random.integers(24, 70)), (0, 0, 0), anchor="mm", most=480)
    return image


def form(random):
    """Fields, boxes and buttons."""
    dark = random.integers(3) == 0
    back, ink = ((40, 42, 48), (230, 230, 230)) if dark else ((240, 240, 240), (20, 20, 20))
    image = Image.new("RGB", (640, 480), back)
    draw = ImageDraw.Draw(image)
    draw.rectangle([0, 0, 640, 32], screens.ACCENTS[random.integers(6)])
    screens.line(draw, screens.words(random, 3), (12, 16), 16, (255, 255, 255), anchor="lm")
    y = 50
    while y < 430:
        screens.line(draw, screens.words(random, 2), (20, y), 15, ink)
        if random.integers(3):
            draw.rectangle([200, y - 3, 200 + int(random.integers(100, 420)), y + 22], (255, 255, 255), outline=(150, 150, 150))
        else:
            draw.rectangle([200, y, 216, y + 16], outline=ink, width=2)
        y += int(random.choice([30, 34, 60]))
    for i in range(3):
        draw.rounded_rectangle([340 + 100 * i, 440, 430 + 100 * i, 468], 5, screens.ACCENTS[i])
    return image


def screen(random):
    """A screen that shows one of the others."""
    inner = [page, table, plot, chart, sign, picture][random.integers(6)](random)
    around = [screens.viewer, screens.desktop, lambda random, image: screens.phone(random, image, random.integers(2) == 0)][random.integers(3)]
    return around(random, inner)


KINDS = [page, table, plot, chart, sign, form, screen, picture]


def draw(seed, number):
    """Picture NUMBER: its kind and the picture."""
    random = np.random.default_rng([seed, number])
    kind = KINDS[number % len(KINDS)]
    return kind.__name__, kind(random)
