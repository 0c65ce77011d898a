// A picture's box: it has its final shape from the start, shows whole rows as they come, then the picture itself.

/** Paint the picture so far and slide the veil down to the last drawn row. Rows that come late are dropped. */
export async function paint(box, { row, rows, image }) {
  const canvas = box.querySelector("canvas");
  if (!canvas) return;
  const attempt = box.dataset.attempt;
  const soFar = new Image();
  soFar.src = image;
  await soFar.decode();
  if (box.dataset.attempt !== attempt || row <= Number(box.dataset.row ?? 0)) return;
  box.dataset.row = row;
  box.dataset.state = "drawing";
  draw(canvas, soFar);
  const veil = box.querySelector(".veil");
  if (veil) veil.style.transform = `translateY(${(100 * row) / rows}%)`;
}

function draw(canvas, image) {
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
}

/** Another worker starts over: what was drawn stays visible until its new rows cover it. */
export function restart(box, attempt) {
  if (box.dataset.attempt === String(attempt)) return;
  box.dataset.attempt = attempt;
  box.dataset.row = 0;
  const veil = box.querySelector(".veil");
  if (veil) veil.style.transform = "";
}

/** Put the finished box in the growing one's place, once its picture is decoded, so that nothing blinks. */
export async function finish(box, fresh) {
  const picture = fresh.querySelector("img");
  if (picture) {
    picture.decoding = "sync";
    picture.loading = "eager";
    await picture.decode().catch(() => {});
  }
  box.replaceWith(fresh);
}
