// The camera of this machine: pictures as JPEG, one after the other. They are sent and kept nowhere.
"use strict";

const camera = (() => {
  const SIZE = { width: { ideal: 640 }, height: { ideal: 480 }, facingMode: "user" };
  const QUALITY = 0.9;
  const canvas = document.createElement("canvas");

  // Begins to show the camera's picture in a video. The promise fails where there is none, or nobody lets us.
  async function begin(video) {
    if (!navigator.mediaDevices) throw new Error("insecure");
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: SIZE, audio: false });
    await video.play();
  }

  function end(video) {
    if (video.srcObject) for (const track of video.srcObject.getTracks()) track.stop();
    video.srcObject = null;
  }

  // The picture of this moment, or nothing while there is none.
  function take(video) {
    if (!video.videoWidth) return Promise.resolve(null);
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    return new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", QUALITY); });
  }

  return { begin, end, take };
})();
