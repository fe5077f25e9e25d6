/** The bundler puts it into the bundle's own stylesheet. */
declare module '*.css';
