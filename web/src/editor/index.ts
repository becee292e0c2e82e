/** The editor, loaded after the words are on screen. */
export { NoteEditor, type NoteEditorHandle } from "./note-editor";
export { Toolbar } from "./toolbar";
