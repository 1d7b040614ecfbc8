import { element, painted, say } from '../page.ts';

const view = element('view', HTMLElement);
const video = element('video', HTMLVideoElement);
const aim = element('aim', HTMLElement);
const live = element('live', HTMLElement);
const go = element('camera-go', HTMLButtonElement);
const keepButton = element('camera-keep', HTMLButtonElement);
const next = element('camera-next', HTMLButtonElement);
const rate = element('rate', HTMLElement);

/** The frame to aim with, in shares of the picture: wide and low, as words are. */
const AIM = { x: 0.08, y: 0.36, width: 0.84, height: 0.28 };
/** Higher frames are shrunk before they are read: the network sees 32 rows. */
const MOST_ROWS = 128;
/** Share of the last mean in the next one of the time between readings. */
const SMOOTHING = 0.8;

/** Reads one frame; gives the text to show over the picture, undefined to end. */
export type ReadFrame = (frame: OffscreenCanvas) => Promise<string | undefined>;

/** What keeps a camera from opening, in words a person understands. */
export function cameraProblem(error: unknown): string {
  if (!window.isSecureContext) return 'Browsers open the camera for secure pages only: this one must come over https.';
  const name = error instanceof DOMException ? error.name : '';
  switch (name) {
    case 'NotAllowedError':
      return 'The camera is not allowed here. Allow it in the browser’s bar for this page, then start it again.';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'There is no camera on this device. Choose a picture instead.';
    case 'NotReadableError':
    case 'AbortError':
      return 'The camera does not answer: another program may be using it.';
    default:
      return 'This browser gives the page no camera. Choose a picture instead.';
  }
}

/** The camera of this page: live reading of what is inside the frame. */
export class Camera {
  private stream: MediaStream | undefined;
  private cameras: string[] = [];
  private which = 0;

  /** @param keep takes the frame that the visitor wants to look at closely */
  constructor(
    private readonly read: ReadFrame,
    keep: (frame: OffscreenCanvas) => void,
  ) {
    aim.style.cssText = `left:${100 * AIM.x}%;top:${100 * AIM.y}%;width:${100 * AIM.width}%;height:${100 * AIM.height}%`;
    go.addEventListener('click', () => (this.stream ? this.stop() : void this.start()));
    keepButton.addEventListener('click', () => {
      const frame = this.frame();
      this.stop();
      if (frame) keep(frame);
    });
    next.addEventListener('click', () => {
      this.which = (this.which + 1) % Math.max(1, this.cameras.length);
      void this.start();
    });
  }

  get running(): boolean {
    return this.stream !== undefined;
  }

  /** Ends the live reading and gives the camera back. */
  stop(): void {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = undefined;
    video.srcObject = null;
    view.classList.remove('on');
    aim.hidden = keepButton.hidden = next.hidden = true;
    live.textContent = rate.textContent = '';
    go.textContent = 'Start the camera';
  }

  private async start(): Promise<void> {
    this.stop();
    go.disabled = true;
    try {
      const id = this.cameras[this.which];
      const wish = id === undefined ? { facingMode: 'environment' } : { deviceId: { exact: id } };
      const stream = await navigator.mediaDevices.getUserMedia({
        video: { ...wish, width: { ideal: 1280 } },
        audio: false,
      });
      this.stream = stream;
      video.srcObject = stream;
      await video.play();
      const devices = await navigator.mediaDevices.enumerateDevices();
      this.cameras = devices.filter((d) => d.kind === 'videoinput').map((d) => d.deviceId);
      const [track] = stream.getVideoTracks();
      track.addEventListener('ended', () => {
        if (this.stream !== stream) return;
        this.stop();
        say('The camera was taken away.', true);
      });
      view.classList.add('on');
      view.style.aspectRatio = `${video.videoWidth} / ${video.videoHeight}`;
      aim.hidden = keepButton.hidden = false;
      next.hidden = this.cameras.length < 2;
      go.textContent = 'Stop';
      say('The camera is on: hold one word inside the frame.');
      void this.loop(stream);
    } catch (error) {
      this.stop();
      say(cameraProblem(error), true);
    } finally {
      go.disabled = false;
    }
  }

  private async loop(stream: MediaStream): Promise<void> {
    let mean = 0;
    let before = performance.now();
    while (this.stream === stream) {
      await nextFrame();
      const frame = this.frame();
      if (!frame) continue;
      const text = await this.read(frame);
      if (this.stream !== stream) return;
      if (text === undefined) {
        this.stop();
        return;
      }
      const now = performance.now();
      mean = mean === 0 ? now - before : SMOOTHING * mean + (1 - SMOOTHING) * (now - before);
      before = now;
      live.textContent = text;
      rate.textContent = `${(1000 / mean).toFixed(mean > 100 ? 1 : 0)} frames a second`;
    }
  }

  /** What is inside the aim now. */
  private frame(): OffscreenCanvas | undefined {
    const { videoWidth, videoHeight } = video;
    if (videoWidth === 0) return undefined;
    const width = videoWidth * AIM.width;
    const height = videoHeight * AIM.height;
    const shrink = Math.min(1, MOST_ROWS / height);
    const canvas = new OffscreenCanvas(Math.round(width * shrink), Math.round(height * shrink));
    canvas
      .getContext('2d', { willReadFrequently: true })
      ?.drawImage(video, videoWidth * AIM.x, videoHeight * AIM.y, width, height, 0, 0, canvas.width, canvas.height);
    return canvas;
  }
}

/** Waits for a picture that was not read yet; browsers without the callback wait for the screen. */
function nextFrame(): Promise<void> {
  if (!('requestVideoFrameCallback' in video)) return painted();
  return new Promise((resolve) => {
    video.requestVideoFrameCallback(() => resolve());
    // A hidden page or a camera that was stopped gives no more frames.
    setTimeout(resolve, 500);
  });
}
