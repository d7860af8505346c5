// Files dropped anywhere on the field count as chosen, and what was chosen is named. The field works without this too.
for (const input of document.querySelectorAll("[data-files]")) {
  const area = input.closest(".drop");
  const list = area.querySelector(".chosen");

  const name = () => {
    list.replaceChildren(...[...input.files].map((file) => {
      const item = document.createElement("li");
      item.textContent = `${file.name} (${Math.max(1, Math.round(file.size / 1000)).toLocaleString()} KB)`;
      return item;
    }));
    list.hidden = input.files.length === 0;
  };

  const over = (event) => { event.preventDefault(); area.classList.add("over"); };
  area.addEventListener("dragenter", over);
  area.addEventListener("dragover", over);
  area.addEventListener("dragleave", () => area.classList.remove("over"));
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    area.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    const files = new DataTransfer();
    for (const file of input.multiple ? event.dataTransfer.files : [event.dataTransfer.files[0]]) files.items.add(file);
    input.files = files.files;
    input.dispatchEvent(new Event("change"));
  });
  input.addEventListener("change", name);
  name();
}
